"""How Alembic runs the migrations: over the connection, and in the transaction, that it is given."""

from alembic import context

from slap_proxy.storage.schema import VERSION_TABLE


def run() -> None:
    """Run the migrations that Alembic has chosen."""
    context.configure(
        connection=context.config.attributes["connection"],
        version_table=VERSION_TABLE,
        transactional_ddl=True,
    )
    context.run_migrations()


# The name that Alembic loads this file by; whoever else imports it wants nothing migrated.
if __name__ == "env_py":
    run()
