"""How handlers reach the rules of the master on behalf of a caller."""

from collections.abc import Callable

from slap_domain.model.caller import Caller
from slap_domain.use_cases.desk import Desk
from slap_domain.use_cases.master import Conversations

Converse = Callable[[Caller], Conversations]
DeskFor = Callable[[Caller], Desk]
