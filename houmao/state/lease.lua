-- Take or renew the ownership of a host's panes.
-- KEYS: lease, epoch counter
-- ARGV: owner, held token or '', expiry in milliseconds, owner known to be dead or ''
-- Returns the token `<owner> <epoch>` when owned, '' when somebody else holds it.
local held = redis.call('GET', KEYS[1])
if held and held == ARGV[2] then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return held
end
-- A lease without an end was not written here.
if held and redis.call('PTTL', KEYS[1]) == -1 then
  held = false
end
if held and (ARGV[4] == '' or string.sub(held, 1, #ARGV[4] + 1) ~= ARGV[4] .. ' ') then
  return ''
end
-- Redis may have lost the counter, or have been given another text for it: a number that was given
-- out must not mean a second ownership.
local counted = tonumber(string.match(redis.call('GET', KEYS[2]) or '', '^%d+$') or '0')
local former = tonumber(string.match(ARGV[2], '%d+$') or '0')
local epoch = math.max(counted, former) + 1
redis.call('SET', KEYS[2], epoch)
local token = ARGV[1] .. ' ' .. epoch
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token
