// A refusal in words: what was refused, why, and how to ask for more; and what is held until a person has answered. The daemon says it to
// the keeper (ExecAnswer.text), the command line to people; one wording for both. Pure.
#pragma once

#include <string>
#include <string_view>

namespace remit::api {

// Words as in a trail record; what is not known stays empty.
struct Refusal {
    std::string session;   // id
    std::string crossing;  // exec connect send …
    std::string object;    // path, or protocol and endpoint
    std::string tool;
    std::string rule;
    std::string reason;   // ONLY_AFTER …
    std::string verdict;  // deny or pending
};

// What a reason means, without full stop; for an unknown word the word itself.
std::string reason_in_words(std::string_view reason);
// What can be done about it: a command or a change, without full stop.
std::string remedy_for(const Refusal& refusal);
// What libc's look-ups try by themselves and do without, so that nobody is told of it: the name service's daemon, and a datagram socket
// that is connected to port 0 (glibc) or 65535 (musl) of each address of a host, which sends nothing, to see which one suits best. It is in
// the trail like any other refusal.
bool is_of_a_look_up(std::string_view crossing, std::string_view object);
// "refused exec /usr/bin/nc: no tool of the policy covers it (NO_TOOL); a person may …". One line, free of control characters if the
// fields are.
std::string refusal_line(const Refusal& refusal);
// "connect tcp 10.20.1.7:443 (tool deploy) waits for a person: remit approve 0193… (or reject)". question: its id.
std::string held_line(std::string_view crossing, std::string_view object, std::string_view tool, std::string_view question);

}  // namespace remit::api
