// What `remit policy check` takes for 10,000 rules: reading and checking, against protobuf's own parser on the same text, in turns.
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "policy/check.h"
#include "policy/source.h"
#include "policy/v1/policy.pb.h"

namespace {

constexpr int kRules = 10'000;
constexpr int kTools = 200;
constexpr int kRounds = 21;

std::string rules() {
    std::string text = "name: \"bench\"\n";
    for (int tool = 0; tool < kTools; tool++) {
        const std::string name = "t" + std::to_string(tool);
        text += "tool { name: \"" + name + "\"\n";
        for (int i = 0; i < kRules / kTools; i++) {
            const int n = tool * kRules / kTools + i;
            if (i % 2)
                text += "  program { path: \"/opt/" + name + "/p" + std::to_string(i) + "\" }\n";
            else
                text += "  endpoint { cidr: \"10." + std::to_string(n >> 8 & 255) + "." + std::to_string(n & 255) + ".0/24\" port: \"" +
                        std::to_string(1000 + i) + "\" }\n";
        }
        text += "}\ngrant { tool: \"" + name + "\" }\n";
    }
    return text;
}

double milliseconds(const std::function<void()>& work) {
    const auto started = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

double median(std::vector<double> times) {
    std::ranges::sort(times);
    return times[times.size() / 2];
}

}  // namespace

int main() {
    const std::string text = rules();
    std::vector<double> parser, reading, checking;
    for (int round = 0; round < kRounds; round++) {
        parser.push_back(milliseconds([&] {
            remit::policy::v1::Policy policy;
            if (!google::protobuf::TextFormat::ParseFromString(text, &policy)) std::abort();
        }));
        remit::policy::Source source;
        reading.push_back(milliseconds([&] { source = *remit::policy::read_source("p", [&](const std::string&) { return text; }); }));
        checking.push_back(milliseconds([&] {
            if (!remit::policy::check(source).policy) std::abort();
        }));
    }
    std::printf("%d rules, medians of %d rounds: protobuf's parser %.1f ms, reading %.1f ms, check %.1f ms; check ÷ parser %.2f\n", kRules,
                kRounds, median(parser), median(reading), median(checking), median(checking) / median(parser));
    return 0;
}
