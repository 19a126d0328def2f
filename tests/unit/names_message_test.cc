// DNS messages: what is a question, what an answer says, and what is sent back. Bytes are written out, as the wire has them.
#include <gtest/gtest.h>

#include <random>

#include "names/inner.h"
#include "names/message.h"

namespace remit::names {
namespace {

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes name(std::initializer_list<const char*> labels) {
    Bytes out;
    for (const std::string label : labels) {
        out.push_back(static_cast<uint8_t>(label.size()));
        out.insert(out.end(), label.begin(), label.end());
    }
    out.push_back(0);
    return out;
}

const Bytes kHead{0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0};
const Bytes kTypeAClassIn{0, 1, 0, 1};

Bytes question(const Bytes& name = remit::names::name({"git", "example"})) {
    return kHead + name + kTypeAClassIn;
}

Question good(const Bytes& bytes) {
    const auto parsed = parse_question(bytes);
    EXPECT_TRUE(std::holds_alternative<Question>(parsed));
    return std::holds_alternative<Question>(parsed) ? std::get<Question>(parsed) : Question{};
}

TEST(NamesMessage, AQuestionIsTakenApart) {
    const Question plain = good(question(name({"Git", "EXAMPLE"})));
    EXPECT_EQ(plain.id, 0x1234);
    EXPECT_EQ(plain.name, "git.example");
    EXPECT_EQ(plain.type, kTypeA);
    EXPECT_EQ(plain.largest, 512);
    EXPECT_FALSE(plain.edns);
    Bytes head = kHead;
    head[11] = 1;
    const Question edns = good(head + name({"a"}) + kTypeAClassIn + Bytes{0, 0, 41, 0xff, 0xff, 0, 0, 0, 0, 0, 0});
    EXPECT_TRUE(edns.edns);
    EXPECT_EQ(edns.largest, 1232) << "no more than fits any path";
    EXPECT_EQ(good(question(name({}))).name, "");
    EXPECT_EQ(good(question(name({"a.b", "example"}))).name, "a?b.example") << "a dot in a label is no border between labels";
}

TEST(NamesMessage, WhatIsNoQuestionIsSaidOrDropped) {
    const auto bad = [](Bytes bytes) {
        const auto parsed = parse_question(bytes);
        EXPECT_TRUE(std::holds_alternative<BadQuestion>(parsed));
        return std::holds_alternative<BadQuestion>(parsed) ? std::get<BadQuestion>(parsed) : BadQuestion{};
    };
    EXPECT_TRUE(bad({}).silent);
    EXPECT_TRUE(bad({1, 2, 3}).silent);
    Bytes answer = question();
    answer[2] |= 0x80;
    EXPECT_TRUE(bad(answer).silent) << "two servers would answer each other for ever";
    Bytes update = question();
    update[2] |= 0x28;
    EXPECT_EQ(bad(update).rcode, Rcode::kNotImplemented);
    Bytes two = question();
    two[5] = 2;
    const std::pair<const char*, Bytes> malformed[] = {
        {"two questions", two},
        {"bytes behind it", question() + Bytes{0}},
        {"cut off", kHead + name({"git"}) + Bytes{0, 1, 0}},
        {"a pointer", question(Bytes{0xc0, 0x0c})},
        {"a label too long", question(Bytes(65, 64))},
        {"a name too long", question([] {
             Bytes name;
             for (int i = 0; i < 5; i++) name = name + Bytes(1, 60) + Bytes(60, 'a');
             return name + Bytes{0};
         }())},
    };
    for (const auto& [what, bytes] : malformed) {
        EXPECT_EQ(bad(bytes).rcode, Rcode::kFormatError) << what;
        EXPECT_FALSE(bad(bytes).silent) << what;
        EXPECT_EQ(compose_error(bad(bytes))[0], 0x12) << what;
    }
}

// Answer section: owner, type, class IN, ttl, data.
Bytes record(const Bytes& owner, uint8_t type, uint8_t ttl, const Bytes& data) {
    return owner + Bytes{0, type, 0, 1, 0, 0, 0, ttl, 0, static_cast<uint8_t>(data.size())} + data;
}

Bytes reply(const std::vector<Bytes>& records, uint8_t rcode = 0) {
    Bytes bytes = question();
    bytes[2] |= 0x80;
    bytes[3] = static_cast<uint8_t>(0x80 | rcode);
    bytes[7] = static_cast<uint8_t>(records.size());
    for (const Bytes& each : records) bytes = bytes + each;
    return bytes;
}

const Bytes kOwner{0xc0, 12};

TEST(NamesMessage, OnlyWhatHangsTogetherIsAnAnswer) {
    const Bytes www = name({"www", "example"}), cdn = name({"cdn", "example"}), other = name({"other", "example"});
    const auto answer = parse_answer(reply({record(cdn, 1, 50, {192, 0, 2, 1}), record(kOwner, 5, 20, www), record(www, 5, 90, cdn),
                                            record(other, 1, 99, {192, 0, 2, 9}), record(cdn, 28, 50, Bytes(16, 1)),
                                            record(cdn, 1, 60, {192, 0, 2, 2}), record(cdn, 1, 60, {192, 0, 2})}),
                                     "git.example", kTypeA);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->chain.size(), 2u);
    EXPECT_EQ(answer->chain[1].target, "cdn.example");
    ASSERT_EQ(answer->found.size(), 2u);
    EXPECT_EQ(answer->found[0].address[15], 1);
    EXPECT_EQ(answer->found[0].ttl, 20u) << "the shortest of the chain";
    EXPECT_EQ(parse_answer(reply({}, 3), "git.example", kTypeA)->rcode, Rcode::kNoSuchName);
    const auto circle = parse_answer(reply({record(kOwner, 5, 1, www), record(www, 5, 1, kOwner)}), "git.example", kTypeA);
    ASSERT_TRUE(circle);
    EXPECT_TRUE(circle->found.empty());
    EXPECT_FALSE(parse_answer(reply({}), "another.example", kTypeA));
    EXPECT_FALSE(parse_answer(reply({}), "git.example", kTypeAaaa));
    EXPECT_FALSE(parse_answer(question(), "git.example", kTypeA)) << "a question is no answer";
    Bytes more = reply({});
    more[7] = 1;
    EXPECT_FALSE(parse_answer(more, "git.example", kTypeA));
    EXPECT_FALSE(parse_answer(reply({record({0xc0, 29}, 1, 1, {1, 2, 3, 4})}), "git.example", kTypeA)) << "a pointer to itself";
}

TEST(NamesMessage, WhatIsComposedReadsBackTheSame) {
    Question asked = good(question(name({"GIT", "example"})));
    Answer answer;
    answer.rcode = Rcode::kOk;
    answer.chain = {{"www.example", 20}, {"cdn.example", 30}};
    for (uint8_t i = 0; i < 3; i++) answer.found.push_back({{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, i}, 20});
    const Bytes bytes = compose_answer(asked, answer, 512);
    EXPECT_TRUE(std::equal(asked.wire.begin(), asked.wire.end(), bytes.begin() + 12)) << "the name's own spelling";
    const auto back = parse_answer(bytes, "git.example", kTypeA);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->chain.size(), 2u);
    ASSERT_EQ(back->found.size(), 3u);
    EXPECT_EQ(back->found[2].address, answer.found[2].address);
    const Bytes cut = compose_answer(asked, answer, 60);
    EXPECT_LE(cut.size(), 60u);
    EXPECT_TRUE(cut[2] & 0x02) << "cut: ask again over TCP";
    EXPECT_TRUE(parse_answer(cut, "git.example", kTypeA)->found.empty());
    asked.edns = true;
    const Bytes refused = compose_answer(asked, {.rcode = Rcode::kNoSuchName}, 512, Extended::kProhibited);
    EXPECT_EQ(Bytes(refused.end() - 6, refused.end()), (Bytes{0, 15, 0, 2, 0, 18}));
}

TEST(NamesMessage, NoBytesBreakIt) {
    std::mt19937 random(7);
    const Bytes start = reply({record(kOwner, 5, 20, name({"www", "example"})), record(name({"www", "example"}), 1, 9, {1, 2, 3, 4})});
    for (int i = 0; i < 20000; i++) {
        Bytes bytes = start;
        for (int n = 0; n < 3; n++) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
        bytes.resize(random() % 4 ? bytes.size() : random() % (bytes.size() + 1));
        (void)parse_answer(bytes, "git.example", kTypeA);
        (void)parse_question(bytes);
    }
}

TEST(NamesInner, AddressesOfThisHostAndItsNetworks) {
    const auto ipv4 = [](uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
        return Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
    };
    for (const Address& each : {ipv4(127, 0, 0, 1), ipv4(10, 1, 2, 3), ipv4(172, 31, 0, 1), ipv4(192, 168, 1, 1), ipv4(169, 254, 169, 254),
                                ipv4(100, 64, 0, 1), ipv4(0, 0, 0, 0), ipv4(255, 255, 255, 255), ipv4(224, 0, 0, 1)})
        EXPECT_TRUE(is_inner(each)) << int{each[12]} << "." << int{each[13]};
    for (const Address& each : {ipv4(8, 8, 8, 8), ipv4(172, 32, 0, 1), ipv4(192, 0, 2, 1), ipv4(100, 128, 0, 1)})
        EXPECT_FALSE(is_inner(each));
    const Address inner[] = {{},
                             {0xfd},
                             {0xfe, 0x80},
                             {0xff, 0x02},
                             {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1},
                             {0x20, 0x02, 127, 0, 0, 1},
                             {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
    for (const Address& each : inner) EXPECT_TRUE(is_inner(each)) << int{each[0]};
    const Address outer[] = {
        {0x20, 0x01, 0x0d, 0xb8}, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8}, {0x20, 0x02, 8, 8, 8, 8}};
    for (const Address& each : outer) EXPECT_FALSE(is_inner(each)) << int{each[0]};
}

}  // namespace
}  // namespace remit::names
