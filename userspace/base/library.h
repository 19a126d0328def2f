// A shared library of the system that is loaded when something of it is wanted first: a command that wants nothing of it starts sooner by
// as much as binding the library's own symbols takes (docs/decisions/0013). Used where a command needs few calls of a large library.
#pragma once

namespace remit {

class Library {
public:
    // A function, whose type is that of what it is put into.
    struct Symbol {
        void* address;
        template <typename Function>
        operator Function*() const {
            return reinterpret_cast<Function*>(address);
        }
    };

    // soname: as the dynamic loader knows it. Where the library, or a symbol of it, is not there, the process ends as it would have at its
    // start.
    explicit Library(const char* soname);

    Symbol find(const char* symbol) const;

private:
    void* handle_;
};

}  // namespace remit
