// A value or an error with its context; every fallible function of Remit returns one. Usable everywhere.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace remit {

// What kind of failure: decides the exit status of the command line (DESIGN §9).
enum class Code {
    kRefused = 1,  // no: refused, tampered, an example failed
    kUsage = 64,
    kBadData = 65,  // bad policy or data
    kMissing = 66,
    kUnavailable = 69,  // the daemon is not there
    kUnsupported = 71,  // the kernel lacks it
    kPending = 75,
    kNotPermitted = 77,
    kInternal = 70,  // anything else: an operation failed that should not
};

struct Error {
    Code code = Code::kInternal;
    std::string message;  // operation, object, errno; one line, no full stop
    std::string hint;     // what to do about it; may be empty

    // Puts the operation and object in front: context on the way up.
    Error&& within(std::string_view context) && {
        message = std::string(context) + ": " + message;
        return std::move(*this);
    }
};

// An error from errno: "operation object: strerror".
Error errno_error(std::string_view operation, std::string_view object = "");

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return held_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    T& value() & {
        assert(has_value());
        return std::get<0>(held_);
    }
    const T& value() const& {
        assert(has_value());
        return std::get<0>(held_);
    }
    T&& value() && {
        assert(has_value());
        return std::get<0>(std::move(held_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    Error& error() & {
        assert(!has_value());
        return std::get<1>(held_);
    }
    const Error& error() const& {
        assert(!has_value());
        return std::get<1>(held_);
    }
    Error&& error() && {
        assert(!has_value());
        return std::get<1>(std::move(held_));
    }

private:
    std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), ok_(false) {}

    bool has_value() const { return ok_; }
    explicit operator bool() const { return ok_; }
    Error& error() & {
        assert(!ok_);
        return error_;
    }
    const Error& error() const& {
        assert(!ok_);
        return error_;
    }
    Error&& error() && {
        assert(!ok_);
        return std::move(error_);
    }

private:
    Error error_;
    bool ok_ = true;
};

}  // namespace remit
