# fish completion for remit. Verbs and options come from its own --help, so they are never older than the command.

function __remit_verbs
    for word in (commandline -opc)[2..]
        test $word = -- && break
        string match -q -- '-*' $word || echo $word
    end | head -n 2
end

function __remit_help
    command remit (__remit_verbs) --help 2>/dev/null; or command remit (__remit_verbs)[1] --help 2>/dev/null
end

# NAME<tab>DESCRIPTION of what the help lists below a heading.
function __remit_listed
    __remit_help | awk -v heading="$argv[1]:" '$0 == heading { on = 1; next } /^[^ ]/ || /^$/ { on = 0 }
        on && /^  [^ ]/ { name = $1; sub(/^ +[^ ]+ */, ""); sub(/.*,/, "", name); print name "\t" $0 }'
end

function __remit_sessions
    command remit sessions --json 2>/dev/null | string replace -rf '^ *"name": "([^"]+)",?$' '$1'
end

function __remit_wants_session
    contains -- (__remit_verbs)[1] show detach renew reload revoke grant why
end

complete -c remit -n 'string match -q -- "-*" (commandline -ct)' -f -a '(__remit_listed Options)'
complete -c remit -n __remit_wants_session -f -a '(__remit_sessions)'
complete -c remit -n 'not __remit_wants_session' -a '(__remit_listed Subcommands)'
