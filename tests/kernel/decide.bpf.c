// SPDX-License-Identifier: GPL-2.0
/* The decision as the hooks make it, on the product's own maps, for an object that a test names: look up, judge, take. A program on
 * packets, as one that is a system call of its own may not look into a trie; what it is asked and answers is a global of its own. */
#include "decide.h"

#include "lib/take.h"

char LICENSE[] SEC("license") = "GPL";

struct remit_decide_case asked_about = {};

REMIT_APART struct remit_toolset* find(const struct remit_session* session, const struct remit_decide_case* ctx) {
    __u32 tables_id = remit_tables_of(session->authority);
    struct remit_endpoint endpoint = {.protocol = ctx->protocol, .port = ctx->port};
    struct remit_unix_key name = ctx->name;
    struct remit_file file = ctx->file;

    name.tables = tables_id;
    __builtin_memcpy(endpoint.address, ctx->address, sizeof(endpoint.address));
    switch (ctx->about) {
        case REMIT_ABOUT_PROGRAM:
            return remit_toolset_of_program(tables_id, &file);
        case REMIT_ABOUT_UNIX:
            return bpf_map_lookup_elem(&unix_names, &name);
        case REMIT_ABOUT_LISTENER:
            return remit_toolset_of_listener(tables_id, &endpoint);
        default:
            return remit_toolset_of_endpoint(session, &endpoint, ctx->now_ns);
    }
}

SEC("tc")
int remit_decided(struct __sk_buff* skb) {
    struct remit_decide_case* ctx = &asked_about;
    struct remit_subject subject = {.slot = ctx->slot, .session = remit_session_at(ctx->slot)};
    struct remit_judgement judged = {};
    struct remit_toolset* toolset;

    ctx->found = 0;
    if (!subject.session) return 0;
    toolset = find(subject.session, ctx);
    if (ctx->again) {
        remit_judge(&subject, toolset, REMIT_JUDGED_AGAIN, ctx->now_ns, &judged);
        judged.passes = remit_passes(&judged.verdict, judged.mode);
    } else {
        remit_judge_and_take(&subject, toolset, ctx->now_ns, &judged);
    }
    ctx->found = 1;
    ctx->passes = judged.passes;
    ctx->verdict = judged.verdict;
    return 0;
}
