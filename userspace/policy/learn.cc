#include "policy/learn.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "base/text.h"
#include "policy/fold.h"
#include "policy/learn_lines.h"
#include "policy/model.h"
#include "policy/pattern.h"

namespace remit::policy {
namespace {

// A policy that people read has not more tools than this; what is used least goes into one.
constexpr size_t kMaxTools = 40;
constexpr size_t kMaxUnix = 1000;    // check's bound is 1024
constexpr size_t kMaxLeftOut = 100;  // comments
constexpr size_t kMaxNameBytes = 50;

struct Cluster {
    std::map<std::string, uint64_t> programs, writable, loaders, set_id, unix;
    uint64_t anonymous = 0;
    EndpointUses endpoints, listens;
    std::map<std::pair<uint16_t, uint16_t>, uint64_t> sockets;
    uint64_t uses = 0;
};

std::string as_name(std::string_view text) {
    std::string name;
    for (unsigned char c : text.substr(0, kMaxNameBytes)) name += std::isalnum(c) || c == '_' || c == '.' ? static_cast<char>(c) : '-';
    const size_t begin = name.find_first_not_of("-_.");
    return begin == std::string::npos ? "unnamed" : name.substr(begin);
}

std::string base_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// "/usr/lib/git-core" → "git-core"; folders whose own name says nothing get their parent's in front: "usr-bin".
std::string name_of_folder(const std::string& path) {
    const auto parts = split(path, '/');
    if (parts.size() < 3) return "root";
    std::string name(parts[parts.size() - 2]);
    for (const char* each : {"bin", "sbin", "lib", "lib64", "libexec", "local"})
        if (name == each && parts.size() > 3) return std::string(parts[parts.size() - 3]) + "-" + name;
    return name;
}

std::string times(uint64_t count) {
    return std::to_string(count) + (count == 1 ? " time" : " times");
}

class Learner {
public:
    explicit Learner(const Lesson& lesson) : lesson_(lesson) {}

    std::string run() {
        for (const Recorded& each : lesson_.crossings) sort_out(each);
        for (const std::string& path : passed_.paths) refused_.paths.erase(path);
        for (const auto& target : passed_.targets) refused_.targets.erase(target);
        fold_idle();
        std::map<std::string, Cluster> clusters;
        for (const auto& [key, use] : uses_) put(clusters[as_name(cluster_of(use))], *use.first, use.count);
        merge_smallest(clusters);
        return write(clusters);
    }

private:
    struct Use {
        const Recorded* first = nullptr;
        uint64_t count = 0;
        std::map<std::string, uint64_t> by, tools;
    };
    using Key = std::tuple<int, std::string, Address, uint16_t, uint16_t, uint16_t, uint16_t, int>;

    static Key key_of(const Recorded& each) {
        return {static_cast<int>(each.object),
                each.path,
                each.target.address,
                each.target.protocol,
                each.target.port,
                each.family,
                each.protocol,
                each.kinds};
    }

    static void note(Refused& in, const Recorded& each) {
        if (each.object == Recorded::Object::kProgram) in.paths.insert(each.path);
        if (each.object == Recorded::Object::kEndpoint || each.object == Recorded::Object::kListener)
            in.targets.emplace(each.target.address, each.target.protocol, each.target.port);
    }

    void leave_out(const std::string& what, uint64_t count) { left_out_[what] += count; }

    void sort_out(const Recorded& each) {
        if (each.object == Recorded::Object::kOwn) return;
        if (each.object == Recorded::Object::kUnclear) return leave_out(each.text + ": " + each.unclear, each.count);
        if (each.denied || !each.passed) {
            note(refused_, each);
            return leave_out(each.text + (each.denied ? ": a deny is about it" : ": it was refused"), each.count);
        }
        if ((each.object == Recorded::Object::kEndpoint || each.object == Recorded::Object::kListener) && each.target.port == 0)
            return leave_out(each.text + ": no policy can say port 0", each.count);
        note(passed_, each);
        if (each.writable) writable_.insert(each.path);
        if (each.object != Recorded::Object::kProgram) active_.insert(each.by);
        Use& use = uses_[key_of(each)];
        if (!use.first) use.first = &each;
        use.count += each.count;
        use.by[each.by] += each.count;
        if (!each.tool.empty()) use.tools[each.tool] += each.count;
    }

    // Programs that reach for nothing belong to the folder that they are folded into, however deep they are below it.
    void fold_idle() {
        std::map<std::string, uint64_t> idle;
        for (const auto& [key, use] : uses_)
            if (use.first->object == Recorded::Object::kProgram && use.tools.empty() && !use.first->kinds &&
                !active_.contains(use.first->path))
                idle[use.first->path] += use.count;
        std::vector<std::string> unsaid;
        std::vector<Pattern> patterns;
        const auto allowed = [&](const std::string& pattern) { return !refused_.any_at(pattern); };
        for (const Folded& line : fold_paths(idle, allowed, unsaid))
            if (Result<Pattern> pattern = parse_pattern(line.text); pattern && !pattern->exact) patterns.push_back(*std::move(pattern));
        for (const auto& [path, count] : idle)
            for (const Pattern& pattern : patterns)
                if (pattern.matches(path)) folder_of_[path] = pattern.text;
    }

    static std::string most(const std::map<std::string, uint64_t>& counts) {
        return std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; })->first;
    }

    // The tool that the record names; else the program that reaches out, and for programs that do not, their folder.
    std::string cluster_of(const Use& use) const {
        if (!use.tools.empty()) return most(use.tools);
        if (use.first->object == Recorded::Object::kProgram) {
            if (use.first->kinds & kAnonymous) return "anonymous";
            if (active_.contains(use.first->path)) return base_of(use.first->path);
            const auto folded = folder_of_.find(use.first->path);
            return name_of_folder(folded == folder_of_.end() ? use.first->path : folded->second);
        }
        const std::string by = base_of(most(use.by));
        return by.empty() ? "network" : by;
    }

    void put_program(Cluster& cluster, const Recorded& each, uint64_t count) {
        if (each.kinds & kAnonymous) {
            cluster.anonymous += count;
            return;
        }
        if (each.kinds & kLoader) {
            cluster.loaders[each.path] += count;
            return;
        }
        const ProgramTraits traits = lesson_.probe ? lesson_.probe(each.path) : ProgramTraits{};
        if (traits.set_id) cluster.set_id[each.path] += count;
        if (traits.writable) writable_.insert(each.path);
        (writable_.contains(each.path) ? cluster.writable : cluster.programs)[each.path] += count;
    }

    void put(Cluster& cluster, const Recorded& each, uint64_t count) {
        cluster.uses += count;
        const Target& target = each.target;
        switch (each.object) {
            case Recorded::Object::kProgram:
                return put_program(cluster, each, count);
            case Recorded::Object::kEndpoint:
                cluster.endpoints[target.protocol][target.address][target.port] += count;
                return;
            case Recorded::Object::kListener:
                cluster.listens[target.protocol][target.address][target.port] += count;
                return;
            case Recorded::Object::kUnix:
                cluster.unix[each.path] += count;
                return;
            default:
                cluster.sockets[{each.family, each.protocol}] += count;
        }
    }

    template <typename Map>
    static void add(Map& to, const Map& from) {
        for (const auto& [key, value] : from) to[key] += value;
    }
    static void add(EndpointUses& to, const EndpointUses& from) {
        for (const auto& [protocol, addresses] : from)
            for (const auto& [address, ports] : addresses) add(to[protocol][address], ports);
    }

    static void merge_smallest(std::map<std::string, Cluster>& clusters) {
        while (clusters.size() > kMaxTools) {
            const auto smallest = std::ranges::min_element(
                clusters, {}, [](const auto& each) { return each.first == "other" ? ~uint64_t{0} : each.second.uses; });
            const Cluster taken = std::move(smallest->second);
            clusters.erase(smallest);
            Cluster& other = clusters["other"];
            for (auto member : {&Cluster::programs, &Cluster::writable, &Cluster::loaders, &Cluster::set_id, &Cluster::unix})
                add(other.*member, taken.*member);
            add(other.sockets, taken.sockets);
            add(other.endpoints, taken.endpoints);
            add(other.listens, taken.listens);
            other.anonymous += taken.anonymous;
            other.uses += taken.uses;
        }
    }

    void add_exact(std::vector<Line>& lines, const std::map<std::string, uint64_t>& uses, const char* kind, const char* note) {
        for (const auto& [path, count] : uses) {
            const Result<Pattern> pattern = parse_pattern(path);
            if (pattern && pattern->exact)
                lines.push_back({"program { path: " + quoted_text(path) + kind + " }", count, 1, note});
            else
                leave_out("exec " + path + ": no policy can say this path", count);
        }
    }

    void add_programs(std::vector<Line>& lines, const std::map<std::string, uint64_t>& uses, const std::set<std::string>& others) {
        std::vector<std::string> unsaid;
        for (Line& line : program_lines(uses, refused_, others, unsaid)) lines.push_back(std::move(line));
        for (const std::string& path : unsaid) leave_out("exec " + path + ": no policy can say this path", uses.at(path));
    }

    std::vector<Line> lines_of(const Cluster& cluster) {
        std::vector<Line> lines;
        add_programs(lines, cluster.programs, writable_);
        add_exact(lines, cluster.loaders, " loader: true", "it runs any file that it is given");
        add_exact(lines, cluster.set_id, " set_id: true", "it runs with others' rights");
        if (cluster.anonymous)
            lines.push_back({"program { anonymous: true }", cluster.anonymous, 1, "whatever a session writes into memory"});
        for (Line& line : endpoint_lines(cluster.endpoints, refused_)) lines.push_back(std::move(line));
        for (const auto& [name, count] : cluster.unix) {
            if (!check_unix_name(name) || unix_said_++ >= kMaxUnix)
                leave_out("unix " + name + ": no policy can say this name, or it has too many", count);
            else
                lines.push_back({"endpoint { unix_path: " + quoted_text(name) + " }", count});
        }
        for (Line& line : listen_lines(cluster.listens, refused_)) lines.push_back(std::move(line));
        for (const auto& [socket, count] : cluster.sockets) {
            const std::string line = socket_line(socket.first, socket.second);
            if (line.empty())
                leave_out("a socket of family " + std::to_string(socket.first) + ", protocol " + std::to_string(socket.second) +
                              ": no policy can say it",
                          count);
            else
                lines.push_back({line, count});
        }
        return lines;
    }

    void write_tool(std::string& out, const std::string& name, const std::vector<Line>& lines, bool writable) {
        if (lines.empty()) return;
        out += "\ntool { name: " + quoted_text(name) + "\n";
        if (writable) out += "  writable: true  # the session can write these programs itself: it may run anything\n";
        for (const Line& line : lines) {
            out += "  " + line.text + "  # " + times(line.uses);
            if (line.objects > 1) out += ", " + std::to_string(line.objects) + " different ones";
            if (!line.note.empty()) out += "; " + line.note;
            out += "\n";
        }
        out += "}\n";
        grants_.push_back(name);
    }

    static std::string own_name(std::string name, const std::map<std::string, Cluster>& clusters) {
        do name += "-writable";
        while (clusters.contains(name));
        return name;
    }

    std::string write(const std::map<std::string, Cluster>& clusters) {
        std::string tools;
        for (const auto& [name, cluster] : clusters) {
            write_tool(tools, name, lines_of(cluster), false);
            std::vector<Line> writable;
            add_programs(writable, cluster.writable, {});
            write_tool(tools, own_name(name, clusters), writable, true);
        }
        std::string out = "# Drafted by `remit policy draft`" + (lesson_.about.empty() ? "" : " from " + printable(lesson_.about)) + ".\n";
        out +=
            "# Every line was used; a line that was folded allows more than that. Take out what is nobody's business, put what must not "
            "go\n";
        out += "# together behind only_after and never_after, then: remit policy check, remit policy diff OLD THIS --replay TRAIL.\n";
        out += "name: " + quoted_text(lesson_.name) + "\nmode: ENFORCE\notherwise: DENY\n" + tools + "\n";
        for (const std::string& name : grants_) out += "grant { tool: " + quoted_text(name) + " }\n";
        return out + left_out_text();
    }

    std::string left_out_text() const {
        if (left_out_.empty()) return "";
        std::string out = "\n# Left out:\n";
        size_t said = 0;
        for (const auto& [what, count] : left_out_) {
            if (said++ == kMaxLeftOut) {
                out += "#   and " + std::to_string(left_out_.size() - kMaxLeftOut) + " more\n";
                break;
            }
            out += "#   " + times(count) + " " + printable(what) + "\n";
        }
        return out;
    }

    const Lesson& lesson_;
    std::map<Key, Use> uses_;
    Refused refused_, passed_;
    std::set<std::string> writable_;                // paths
    std::set<std::string> active_;                  // programs that reached out
    std::map<std::string, std::string> folder_of_;  // paths to the patterns that they are folded into
    std::map<std::string, uint64_t> left_out_;
    std::vector<std::string> grants_;
    size_t unix_said_ = 0;
};

}  // namespace

std::string write_policy(const Lesson& lesson) {
    return Learner(lesson).run();
}

}  // namespace remit::policy
