"""The certificates of a partition are found by an index, however many were ever given out."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("certificate_of_place", "certificate", ["computer", "partition"])
