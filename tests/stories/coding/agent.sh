#!/bin/sh
# The agent of story 1. Every refusal is its own to see: it goes on, as an agent would.
git=http://127.0.20.10:8080 tickets=http://127.0.20.20:8080 deploy=http://127.0.20.30:8080 web=http://127.0.20.40:8080
get() { curl --silent --show-error --max-time 30 "$@"; }

step() { echo "agent: $1"; }

step "a ticket before it looked at the repository"
get "$tickets/T-1432" || echo "agent: refused"
step "clones, commits and pushes"
git clone --quiet "$git/project.git" project && cd project || exit 1
echo "fixed" >> README
git commit --quiet --all --message "fix T-1432"
git push --quiet origin HEAD
step "now the ticket"
get "$tickets/T-1432"
step "a program outside its remit"
python3 -c 'print("out")' || echo "agent: refused"
step "an endpoint outside its remit"
get http://127.0.20.99:8080/ || echo "agent: refused"
step "the deployment: a person is asked, and curl waits"
get --data 'release' "$deploy/release"
step "reads the web, then deploys once more"
get "$web/page"
get --data 'release' "$deploy/release" || echo "agent: refused"
step "a long download from the git host"
get --max-time 60 "$git/endless" --output /dev/null || echo "agent: the download was cut"
step "and one more try"
git ls-remote "$git/project.git" || echo "agent: refused"
