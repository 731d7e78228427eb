-- Mark a request as taken, in one round trip; where it is no more, nothing is made.
-- KEYS: request. ARGV: time
-- Returns 1 when it is there, 0 when its caller has taken it back
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.call('HSET', KEYS[1], 'accepted_at', ARGV[1])
return 1
