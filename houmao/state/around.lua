-- What is told of one agent in one moment, in one answer: who may be meant, and some hashes.
-- An id is found without a look at all agents; for a name all are told, for it may be anybody's.
-- KEYS: the index of agents, the heartbeats by host, any number of further hashes
-- ARGV: an id or a name
-- Returns Redis's time, of the index those who may be meant, then the other hashes; one that holds
-- itself as one text (houmao/state/write.py) is told as that.
local function told(key)
  local whole = redis.pcall('HGET', key, 'whole')
  return type(whole) == 'string' and whole or redis.pcall('HGETALL', key)
end
local index, hosts = KEYS[1], redis.pcall('HGETALL', KEYS[2])
local near = {}
for at = 1, #hosts, 2 do
  local agent = ARGV[1] .. '@' .. hosts[at]
  local name = redis.pcall('HGET', index, agent)
  if type(name) == 'string' then
    near[#near + 1], near[#near + 2] = agent, name
  end
end
if #near == 0 then
  near = redis.pcall('HGETALL', index)
end
local found = {redis.call('TIME'), near, hosts}
for at = 3, #KEYS do
  found[at + 1] = told(KEYS[at])
end
return found
