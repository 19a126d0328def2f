#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace remit {
namespace {

template <typename Fill>
std::string written(Fill fill) {
    std::string out;
    JsonWriter json(out);
    fill(json);
    json.close();
    EXPECT_TRUE(nlohmann::json::accept(out)) << out;
    return out;
}

TEST(Json, KeepsTheOrderOfTheCalls) {
    const std::vector<std::string> list = {"repo", "a \"b\" \\"};
    EXPECT_EQ(written([&](JsonWriter& json) {
                  json.number("v", 1);
                  json.big("n", 18446744073709551615ULL);
                  json.open("session");
                  json.text("id", "x");
                  json.text_if("name", "");
                  json.close();
                  json.truth("adopted", true);
                  json.texts_if("labels", list);
                  json.texts_if("none", {});
                  json.open_list("kernel");
                  json.open_item();
                  json.number("cpu", -1);
                  json.open_list("missing");
                  json.pair_item(1, 2);
                  json.pair_item(3, 4);
                  json.close_list();
                  json.close();
                  json.open_item();
                  json.close();
                  json.close_list();
                  json.numbers("gids", std::vector<uint32_t>{0, 27});
              }),
              R"({"v":1,"n":"18446744073709551615","session":{"id":"x"},"adopted":true,"labels":["repo","a \"b\" \\"],)"
              R"("kernel":[{"cpu":-1,"missing":[["1","2"],["3","4"]]},{}],"gids":[0,27]})");
}

TEST(Json, ShowsNoUnsafeByteAndKeepsThemInHex) {
    const struct {
        std::string raw, want;
    } cases[] = {
        {"caf\u00e9", R"({"k":"café"})"},
        {"a\nb", R"({"k":"a�b","k_hex":"610a62"})"},
        {"\x1b[2J", R"({"k":"�[2J","k_hex":"1b5b324a"})"},
        {"a\xff\xfe", R"({"k":"a��","k_hex":"61fffe"})"},
        {"\u202egpj.exe", R"({"k":"�gpj.exe","k_hex":"e280ae67706a2e657865"})"},
        {std::string("a\0b", 3), R"({"k":"a�b","k_hex":"610062"})"},
        {"\",\"verdict\":\"allow", R"({"k":"\",\"verdict\":\"allow"})"},
    };
    for (const auto& c : cases) EXPECT_EQ(written([&](JsonWriter& json) { json.text("k", c.raw); }), c.want);
}

TEST(Json, ListsWithOneUnsafeItemGiveAllInHex) {
    const std::vector<std::string> list = {"ok", "\x07"};
    EXPECT_EQ(written([&](JsonWriter& json) { json.texts_if("l", list); }), "{\"l\":[\"ok\",\"\ufffd\"],\"l_hex\":[\"6f6b\",\"07\"]}");
}

TEST(Json, EveryByteGivesValidJsonThatHoldsTheByte) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string raw = {'x', char(byte), 'y'};
        const auto parsed = nlohmann::json::parse(written([&](JsonWriter& json) { json.text("k", raw); }));
        if (parsed.contains("k_hex"))
            EXPECT_EQ(parsed["k_hex"].get<std::string>().size(), 6u);
        else
            EXPECT_EQ(parsed["k"], raw);
    }
}

TEST(Json, CutsLongTextsBetweenCharactersAndSaysSoInTheirObject) {
    const auto parsed = nlohmann::json::parse(written([](JsonWriter& json) {
        json.open("object");
        json.text("path", std::string(JsonWriter::kLongestText - 1, 'a') + "\u20ac");
        json.close();
        json.open("other");
        json.text("path", std::string(JsonWriter::kLongestText, 'a'));
        json.close();
    }));
    EXPECT_EQ(parsed["object"]["path"], std::string(JsonWriter::kLongestText - 1, 'a'));
    EXPECT_EQ(parsed["object"]["truncated"], true);
    EXPECT_FALSE(parsed["other"].contains("truncated"));
    EXPECT_FALSE(parsed.contains("truncated"));
}

TEST(Json, BoundsLists) {
    const auto parsed = nlohmann::json::parse(
        written([](JsonWriter& json) { json.texts_if("l", std::vector<std::string>(JsonWriter::kLongestList + 1, "x")); }));
    EXPECT_EQ(parsed["l"].size(), JsonWriter::kLongestList);
    EXPECT_EQ(parsed["truncated"], true);
}

}  // namespace
}  // namespace remit
