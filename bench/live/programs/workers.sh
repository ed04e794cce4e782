# Starts a worker for each job; none of them ever ends.
while :; do
  sleep 3600 &
  sleep 0.6
done
