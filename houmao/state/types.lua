-- The type of each key, 'none' where there is no such key.
-- One command for a whole fleet: as many TYPE commands cost the caller twenty times as much.
-- KEYS: any number
local types = {}
for place, key in ipairs(KEYS) do
  types[place] = redis.call('TYPE', key).ok
end
return types
