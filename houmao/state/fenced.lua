-- Carry out one write set, all of it or nothing, once, and only for who owns the host's panes.
-- KEYS: lease, number of the write set that was carried out last
-- ARGV: lease token, number of this write set, then commands, each preceded by its number of words
-- Returns 1 when it is carried out, now or before; 0 when the lease is another's; 2 when it is
-- carried out, but Redis has forgotten some before it, as it may in a failover.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local owner, number = string.match(ARGV[1], '^(%S+)'), tonumber(ARGV[2])
local before, latest = string.match(redis.call('GET', KEYS[2]) or '', '^(%S+) (%d+)$')
if before == owner and number <= tonumber(latest) then
  return 1
end
local forgot = before == owner and number > tonumber(latest) + 1
-- Redis before 7.0 must be told to keep what a script writes instead of its text.
if redis.replicate_commands then
  redis.replicate_commands()
end
-- What can be seen anew is kept off the disk: screens, and what a host says of itself.
local function quiet(key)
  return string.sub(key, -7) == ':screen' or string.match(key, '^houmao:host:[^:]+$')
end
-- A count that somebody has spoilt begins anew: it must not keep all the rest from being told.
local function mend(command, key, field)
  local count = command == 'HINCRBY' and redis.call('HGET', key, field)
  if count and (#count > 18 or not string.match(count, '^-?%d+$')) then
    redis.call('HDEL', key, field)
  end
end
local at = 3
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.set_repl(quiet(ARGV[at + 2]) and redis.REPL_REPLICA or redis.REPL_ALL)
  mend(ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + 1 + words
end
redis.set_repl(redis.REPL_ALL)
redis.call('SET', KEYS[2], owner .. ' ' .. ARGV[2], 'EX', 3600)
return forgot and 2 or 1
