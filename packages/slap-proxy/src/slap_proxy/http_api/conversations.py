"""How handlers reach the rules of the master on behalf of a caller."""

from collections.abc import Callable

from slap_domain.model.master.caller import Caller
from slap_domain.use_cases.master.desk import Desk
from slap_domain.use_cases.master.whole_master import Conversations

Converse = Callable[[Caller], Conversations]
DeskFor = Callable[[Caller], Desk]
