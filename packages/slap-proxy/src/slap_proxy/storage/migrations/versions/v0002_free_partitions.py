"""Free partitions are found by one index, whether a computer is named or not.

SQLite preferred the order of all partitions of a computer to the index of its free ones, and so read every
busy partition before the first free one.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the index."""
    op.drop_index("partition_free", "partition")
    op.create_index("partition_free", "partition", ["busy", "computer", "position"])
