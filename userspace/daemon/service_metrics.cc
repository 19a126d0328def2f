// What the daemon tells of itself to those who monitor it.
#include <array>

#include "base/clock.h"
#include "daemon/service.h"
#include "daemon/version.h"
#include "session/policies.h"

namespace remit::daemon {

namespace {

struct Total {
    const char* name;
    const char* help;
    __u64 remit_totals::*value;
};

// Sums over the CPUs of what the kernel counts; they outlive the daemon.
constexpr std::array<Total, 8> kTotals{{
    {"remit_kernel_crossings_total", "Final crossings that the kernel counted.", &remit_totals::crossings},
    {"remit_kernel_records_lost_total", "Records that found no room in the ring: gaps.", &remit_totals::lost},
    {"remit_kernel_questions_total", "Questions that the kernel asked.", &remit_totals::questions},
    {"remit_kernel_questions_lost_total", "Questions that found no room in the ring.", &remit_totals::questions_lost},
    {"remit_kernel_faults_total", "Failures inside hooks: each refused a task of a session.", &remit_totals::faults},
    {"remit_kernel_kills_total", "Tasks that were killed.", &remit_totals::kills},
    {"remit_kernel_dropped_packets_total", "Packets that were dropped.", &remit_totals::dropped_packets},
    {"remit_kernel_notices_lost_total", "Refused attempts on the host that found no room in the ring.", &remit_totals::notices_lost},
}};

void append_one(std::string& out, const char* name, const char* type, const char* help, uint64_t value) {
    append_head(out, name, type, help);
    append_sample(out, name, "", value);
}

}  // namespace

void Service::append_traffic(std::string& out) {
    TrafficSums sums = recorder_->traffic_before();
    std::map<uint64_t, const policy::Policy*> policies;
    sessions_->registry().each([&](session::Session& each) {
        if (each.state == session::State::kDetached) return;  // its end was recorded
        sums.add_session(each.policy->policy.name, sessions_->counts(each));
        policies[each.kernel_id] = &each.policy->policy;
    });
    kernel_->each_flow([&](uint64_t session_id, const remit_flow& flow) {
        if (const auto found = policies.find(session_id); found != policies.end()) sums.add_flow(*found->second, flow);
    });
    sums.append(out);
}

std::string Service::metrics() {
    std::string out;
    append_head(out, "remit_info", "gauge", "The daemon's version and tier.");
    append_sample(out, "remit_info",
                  "version=\"" + std::string(kVersion) + "\",tier=\"" + (kernel_->tier() == kernel::Tier::kLsm ? "lsm" : "base") + "\"", 1);
    append_one(out, "remit_lsm_programs_called", "gauge", "0 in the base tier, and while kernel.ftrace_enabled is 0.",
               kernel_->tier() == kernel::Tier::kLsm && lsm_called_);
    append_one(out, "remit_up_seconds", "gauge", "Since the daemon started.", (boot_ns() - started_ns_) / kSecondNs);
    recorder_->counters().append(out);

    std::map<std::string, uint64_t> states{{"armed", 0}};
    sessions_->registry().each([&](session::Session& each) { states[std::string(session::shown_state(each))]++; });
    append_head(out, "remit_sessions", "gauge", "Sessions by state.");
    for (const auto& [state, count] : states) append_sample(out, "remit_sessions", "state=\"" + state + "\"", count);
    append_traffic(out);
    uint64_t held = 0;
    const auto open = questions_->open();
    for (const Approval* each : open) held += each->waiting.size();
    append_one(out, "remit_pending_approvals", "gauge", "Questions that wait for a person.", open.size());
    append_one(out, "remit_held_programs", "gauge", "Programs that are held until a person answers.", held);

    const trail::WriterStatus trail = writer_->status();
    append_one(out, "remit_trail_failed", "gauge", "1 while the trail cannot be written.", trail.failed);
    append_one(out, "remit_trail_records_total", "counter", "Lines of the trail, over all daemons.", trail.next_seq);
    append_one(out, "remit_trail_queued_records", "gauge", "Records that wait to be written.", trail.queued);
    append_one(out, "remit_trail_queue_size_records", "gauge", "Crossings that may wait.", trail::WriterOptions{}.queue_records);
    append_one(out, "remit_trail_refused_records_total", "counter", "Records for which the queue had no room.", trail.refused);
    append_one(out, "remit_trail_over_quota_records_total", "counter", "Records of sessions that had used their share up.",
               trail.over_quota);
    append_one(out, "remit_trail_lost_records_total", "counter", "Records that could not be written.", trail.lost);

    const auto totals = kernel_->totals();
    for (const Total& total : kTotals) {
        uint64_t sum = 0;
        for (const remit_totals& each : totals) sum += each.*total.value;
        append_one(out, total.name, "counter", total.help, sum);
    }
    return out;
}

}  // namespace remit::daemon
