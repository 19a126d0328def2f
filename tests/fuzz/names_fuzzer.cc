// DNS messages of arbitrary bytes: what is taken for a question is answered by what reads back the same, and an answer is within its
// bounds.
#include "fuzz/input.h"
#include "names/message.h"

namespace remit::fuzz {
namespace {

using namespace remit::names;

void answer_to(const Question& question) {
    REMIT_HOLDS(question.name.size() <= 253 && question.wire.size() >= 5 && question.largest >= 512);
    Answer answer;
    answer.rcode = Rcode::kOk;
    answer.found.assign(3, Found{.address = {}, .ttl = 7});
    answer.chain.push_back({"www.example", 9});
    const Bytes bytes = compose_answer(question, answer, question.largest, Extended::kProhibited);
    REMIT_HOLDS(bytes.size() <= question.largest);
    const auto back = parse_answer(bytes, question.name, question.type);
    if (question.question_class != kClassIn) return;
    REMIT_HOLDS(back);
    const bool whole = !(bytes[2] & 0x02) && (question.type == kTypeA || question.type == kTypeAaaa);
    if (whole && question.name != "www.example") REMIT_HOLDS(back->found.size() == 3 && back->chain.size() == 1);
}

}  // namespace
}  // namespace remit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace remit::names;
    const View message(data, size);
    const auto parsed = parse_question(message);
    if (const auto* question = std::get_if<Question>(&parsed))
        remit::fuzz::answer_to(*question);
    else
        (void)compose_error(std::get<BadQuestion>(parsed));
    for (const uint16_t type : {kTypeA, kTypeAaaa}) {
        const auto answer = parse_answer(message, "git.example", type);
        REMIT_HOLDS(!answer || (answer->found.size() <= kMaxFound && answer->chain.size() <= kMaxChain));
    }
    return 0;
}
