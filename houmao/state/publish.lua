-- Publish one agent's state: state hash, screen hash, transition stream, event stream, all or
-- nothing, and only while the caller still owns the host's panes.
-- KEYS: lease, state, screen, transitions, events
-- ARGV: lease token, history length, event length, then four lists (state, screen, transition,
--       event), each preceded by its number of items; a list of 0 items leaves its key alone.
-- Returns 1 when written, 0 when the lease is another's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
local at = 4
local function take()
  local size = tonumber(ARGV[at])
  local items = {unpack(ARGV, at + 1, at + size)}
  at = at + 1 + size
  return items
end
for index = 2, 3 do
  local items = take()
  if #items > 0 then
    redis.call('DEL', KEYS[index])
    redis.call('HSET', KEYS[index], unpack(items))
  end
end
for index = 4, 5 do
  local items = take()
  if #items > 0 then
    redis.call('XADD', KEYS[index], 'MAXLEN', '~', ARGV[index - 2], '*', unpack(items))
  end
end
return 1
