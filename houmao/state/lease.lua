-- Take or renew the ownership of a host's panes.
-- KEYS: lease, epoch counter
-- ARGV: owner, held token or '', expiry in milliseconds, owner known to be dead or ''
-- Returns the token `<owner> <epoch>` when owned, '' when somebody else holds it.
local held = redis.call('GET', KEYS[1])
if held and held == ARGV[2] then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return held
end
if held and (ARGV[4] == '' or string.sub(held, 1, #ARGV[4] + 1) ~= ARGV[4] .. ' ') then
  return ''
end
local epoch = redis.call('INCR', KEYS[2])
local former = tonumber(string.match(ARGV[2], '%d+$') or '0')
if epoch <= former then
  -- Redis lost the counter: a number that was given out must not mean a second ownership.
  epoch = former + 1
  redis.call('SET', KEYS[2], epoch)
end
local token = ARGV[1] .. ' ' .. epoch
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token
