"""Who supplied a release, and indexes of what ends.

The certificates of a computer are found, and what has ended is forgotten, without reading all that was
ever given out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes."""
    op.add_column("release", sa.Column("supplier", sa.Text, nullable=False, server_default=sa.text("''")))
    computers = sa.text("bearer = 'computer' AND revoked_at = 0")
    op.create_index(
        "certificate_of_computer",
        "certificate",
        ["name"],
        sqlite_where=computers,
        postgresql_where=computers,
    )
    op.create_index("certificate_end", "certificate", ["expires_at"])
    op.create_index("token_end", "token", ["expires_at"])
