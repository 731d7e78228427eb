"""Every Redis key name, one function each; no other file spells the prefix.

All values are plain text that a person can read with `redis-cli`. An agent is named by its id
and its host, `<id>@<host>`, as it may be in a reference.
"""

from houmao.ids import AgentKey

PREFIX = "houmao:"

#: hash host id -> time at which its watch process last had looked at every agent
HOSTS = f"{PREFIX}hosts"

#: hash host id -> when somebody had it forgotten; expires
FORGOTTEN_HOSTS = f"{PREFIX}hosts:forgotten"

#: hash `<id>@<host>` -> agent name of every live agent, all hosts
AGENTS = f"{PREFIX}agents"

#: stream of every published change, source of the event route
EVENTS = f"{PREFIX}events"
#: how many of them it keeps
EVENTS_LENGTH = 20_000

#: hash `name|label|label` -> how often that has happened, all hosts
TOTALS = f"{PREFIX}totals"


#: what every key of one agent begins with
AGENT = f"{PREFIX}agent:"
#: what every key of one terminal begins with
TERMINAL = f"{PREFIX}terminal:"


def host(host_id: str) -> str:
    """Hash with the host's liveness; expires when its watch process stops reporting."""
    return f"{PREFIX}host:{host_id}"


def host_agents(host_id: str) -> str:
    """Set of agent ids this host's latest scan found live."""
    return f"{PREFIX}host:{host_id}:agents"


def host_skipped(host_id: str) -> str:
    """Hash agent id -> why its registry record is not used."""
    return f"{PREFIX}host:{host_id}:skipped"


def host_terminals(host_id: str) -> str:
    """Set of ids of the terminals that were registered on this host."""
    return f"{PREFIX}host:{host_id}:terminals"


def terminal(host_id: str, terminal_id: str) -> str:
    """Hash with a terminal registered on that host, and the agent that is watched in it."""
    return f"{TERMINAL}{terminal_id}@{host_id}"


def lease(host_id: str) -> str:
    """String `<owner> <epoch>` with expiry: which watch process owns the host's panes."""
    return f"{PREFIX}host:{host_id}:lease"


def epoch(host_id: str) -> str:
    """Counter of watch processes that ever owned this host; the fencing number."""
    return f"{PREFIX}host:{host_id}:epoch"


def published(host_id: str) -> str:
    """String `<owner> <number>` with expiry: which write set of it was carried out last."""
    return f"{PREFIX}host:{host_id}:published"


def host_key(host_id: str) -> str:
    """String with expiry: digest of the key of the machine whose id this is, and which one."""
    return f"{PREFIX}host:{host_id}:key"


def of_host(host_id: str) -> dict[str, str]:
    """Every key of a host that is not of one of its agents, with Redis's name of its type."""
    makers = {
        "hash": (host, host_skipped, notices_attention, notices_deliveries),
        "set": (host_agents, host_terminals),
        "string": (lease, epoch, published, host_key, clock_lease, turn_host, notices_position),
        "zset": (launches, notices_due),
    }
    return {make(host_id): kind for kind, made in makers.items() for make in made}


def clock_lease(host_id: str) -> str:
    """String with expiry: which clock process schedules this host's jobs."""
    return f"{PREFIX}host:{host_id}:clock"


def agent(key: AgentKey | str) -> str:
    """Hash with the agent's identity, from its registry record; a key may be given as text."""
    return f"{AGENT}{key}"


def state(agent: AgentKey) -> str:
    """Hash with the agent's present state."""
    return f"{AGENT}{agent}:state"


def screen(agent: AgentKey) -> str:
    """Hash with the latest capture: probe facts and the parsed surface."""
    return f"{AGENT}{agent}:screen"


def frames(agent: AgentKey) -> str:
    """Stream with what the agent's tracker takes in while somebody records it; expires."""
    return f"{AGENT}{agent}:frames"


def request(request_id: str) -> str:
    """Hash with a request and what became of it; its text only until it ends."""
    return f"{PREFIX}request:{request_id}"


def requests(agent: AgentKey) -> str:
    """Sorted set of an agent's request ids by time of creation."""
    return f"{AGENT}{agent}:requests"


def idempotency(agent: AgentKey, key: str) -> str:
    """String with the id of the request that this idempotency key already made."""
    return f"{AGENT}{agent}:idempotency:{key}"


def launch(launch_id: str) -> str:
    """Hash with a launch and what became of it."""
    return f"{PREFIX}launch:{launch_id}"


def launches(host_id: str) -> str:
    """Sorted set of a host's launch ids by time of creation."""
    return f"{PREFIX}host:{host_id}:launches"


def transitions(agent: AgentKey) -> str:
    """Stream with the agent's latest published changes."""
    return f"{AGENT}{agent}:transitions"


#: hash tracked agent id -> agent id and agent name of every headless agent that some host owns
HEADLESS = f"{PREFIX}headless"


def headless(tracked: str) -> str:
    """Hash with a headless agent and whether it could run a turn now."""
    return f"{PREFIX}headless:{tracked}"


def turns(tracked: str) -> str:
    """Sorted set of a headless agent's turn ids by time of their start."""
    return f"{PREFIX}headless:{tracked}:turns"


def turn(turn_id: str) -> str:
    """Hash with a headless turn as its record has it."""
    return f"{PREFIX}turn:{turn_id}"


def turn_order(turn_id: str) -> str:
    """Hash with a turn on its way to its host; the host takes it away. Holds the prompt."""
    return f"{PREFIX}turn:{turn_id}:order"


def turn_events(turn_id: str) -> str:
    """Stream with a turn's events; the first has the id `1-0`, the next `2-0`, and so on."""
    return f"{PREFIX}turn:{turn_id}:events"


def turn_output(turn_id: str, name: str) -> str:
    """String with one of a turn's outputs, for a minute after somebody asked for it."""
    return f"{PREFIX}turn:{turn_id}:{name}"


def turn_host(host_id: str) -> str:
    """String with expiry: when the host's turn process last had looked at every turn."""
    return f"{PREFIX}host:{host_id}:turn"


def fan_out(fan_out_id: str) -> str:
    """Hash with one prompt's turns: agent -> turn id, or why there is none."""
    return f"{PREFIX}fan-out:{fan_out_id}"


def notices_position(host_id: str) -> str:
    """String with the id of the last event that notices were made of."""
    return f"{PREFIX}host:{host_id}:notices:position"


def notices_attention(host_id: str) -> str:
    """Hash agent id -> what a person was told of it since it last worked, as JSON."""
    return f"{PREFIX}host:{host_id}:notices:attention"


def notices_deliveries(host_id: str) -> str:
    """Hash delivery id -> a notice that has to go out, as JSON."""
    return f"{PREFIX}host:{host_id}:notices:deliveries"


def notices_due(host_id: str) -> str:
    """Sorted set of delivery ids by the time of their next try."""
    return f"{PREFIX}host:{host_id}:notices:due"


def sign_in(nonce: str) -> str:
    """String with expiry: the code of a sign-in link that was used."""
    return f"{PREFIX}sign-in:{nonce}"


#: sorted set of the ids of CAO's terminals by time of creation
CAO_TERMINALS = f"{PREFIX}cao:terminals"
#: counter of messages that were ever sent
CAO_MESSAGE_COUNT = f"{PREFIX}cao:messages"


def cao_terminal(terminal_id: str) -> str:
    """Hash with a terminal as CAO's tools asked for it."""
    return f"{PREFIX}cao:terminal:{terminal_id}"


def cao_inbox(terminal_id: str) -> str:
    """Sorted set of the ids of a terminal's messages by time; expires."""
    return f"{PREFIX}cao:terminal:{terminal_id}:inbox"


def cao_message(message_id: int) -> str:
    """Hash with a message; expires."""
    return f"{PREFIX}cao:message:{message_id}"
