"""How Alembic runs the migrations: over the connection, and in the transaction, that it is given."""

from alembic import context

from slap_proxy.storage.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
