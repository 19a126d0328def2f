// The files of a policy: parsed, each reached from the main one by imports without a cycle, imported ones holding tools only.
#include <algorithm>

#include "base/text.h"
#include "policy/draft.h"

namespace remit::policy {
namespace {

// Fields that a file of tools may have.
bool belongs_in_import(std::string_view field) {
    return field == "import" || field == "tool";
}

void check_tools_only(Draft& draft, size_t file) {
    const pb::Policy& policy = draft.files[file]->policy;
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    policy.GetReflection()->ListFields(policy, &fields);
    for (const auto* field : fields) {
        if (belongs_in_import(field->name())) continue;
        draft.error(draft.root(file).at(field->name()), "tools-only", "an imported file holds tools only, not \"" + field->name() + "\"",
                    "move it into the policy that imports this file");
    }
}

class Walk {
public:
    explicit Walk(Draft& draft) : draft_(draft) {}

    void visit(size_t file) {
        draft_.order.push_back(file);
        path_.push_back(file);
        const pb::Policy& policy = draft_.files[file]->policy;
        for (int i = 0; i < policy.import_size(); i++) follow(file, policy.import(i), draft_.root(file).at("import", i));
        path_.pop_back();
    }

private:
    void follow(size_t importing, const std::string& import, Position position) {
        const std::string name = import_name(draft_.source.files[importing].name, import);
        if (name.empty())
            return draft_.error(position, "bad-import", "\"" + import + "\" cannot be imported", "name a file, relative to this one");
        const int file = draft_.source.index_of(name);
        if (file < 0) return missing(name, position);
        if (std::ranges::find(path_, static_cast<size_t>(file)) != path_.end())
            return draft_.error(position, "import-cycle", "importing \"" + import + "\" goes round in a circle: " + circle(file),
                                "move what both need into a file of its own");
        if (std::ranges::find(draft_.order, static_cast<size_t>(file)) == draft_.order.end()) visit(static_cast<size_t>(file));
    }

    void missing(const std::string& name, Position position) {
        const auto found = std::ranges::find(draft_.source.unreadable, name, &Source::Unreadable::name);
        const std::string why = found == draft_.source.unreadable.end() ? "it was not handed over" : found->reason;
        draft_.error(position, "bad-import", "\"" + name + "\" cannot be read: " + why, "imports are relative to the file that names them");
    }

    std::string circle(int file) const {
        std::string text;
        for (auto at = std::ranges::find(path_, static_cast<size_t>(file)); at != path_.end(); ++at)
            text += draft_.source.files[*at].name + " → ";
        return text + draft_.source.files[file].name;
    }

    Draft& draft_;
    std::vector<size_t> path_;
};

}  // namespace

void check_imports(Draft& draft) {
    for (size_t i = 0; i < draft.source.files.size(); i++) {
        draft.files.push_back(std::make_unique<Parsed>(parse(draft.source.files[i].bytes)));
        for (Diagnostic error : draft.files.back()->errors) {
            error.position.file = static_cast<uint32_t>(i);
            error.file = draft.source.shown(i);
            draft.diagnostics.push_back(std::move(error));
        }
        if (!is_safe(draft.source.files[i].name))
            draft.error({.file = static_cast<uint32_t>(i)}, "bad-import", "the file's name holds characters that cannot be shown",
                        "rename it");
        if (i > 0) check_tools_only(draft, i);
    }
    Walk(draft).visit(0);
    for (size_t i = 0; i < draft.source.files.size(); i++)
        if (std::ranges::find(draft.order, i) == draft.order.end())
            draft.error({.file = static_cast<uint32_t>(i)}, "bad-import", "nothing imports this file", "leave it out");
}

}  // namespace remit::policy
