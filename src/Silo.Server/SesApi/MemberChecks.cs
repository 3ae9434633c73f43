using System.Diagnostics.CodeAnalysis;

namespace Silo.Server.SesApi;

/// <summary>Collects what is wrong with a request, each problem with the path of its member, and makes one error of it.</summary>
internal sealed class MemberChecks
{
    private const int MaxReported = 10;
    private const string NoNul = " must not hold the character NUL";

    private List<string>? _problems;

    /// <summary>Null while nothing is wrong.</summary>
    public SesError? Error => _problems switch
    {
        null => null,
        [var only] => SesError.BadRequest($"1 validation error detected: {only}"),
        _ => SesError.BadRequest($"{_problems.Count} validation errors detected: {string.Join("; ", _problems)}"),
    };

    /// <param name="problem">A sentence that starts with the member's path, without a full stop.</param>
    public MemberChecks Fail(string problem)
    {
        _problems ??= [];
        if (_problems.Count < MaxReported) _problems.Add(problem);
        return this;
    }

    public bool Required([NotNullWhen(true)] object? value, string member)
    {
        if (value is not null) return true;
        Fail($"{member} is required");
        return false;
    }

    /// <summary>Present, not empty, and without NUL, which PostgreSQL has in no text.</summary>
    public bool RequiredText([NotNullWhen(true)] string? value, string member)
    {
        if (!Required(value, member)) return false;
        if (((string)value).Length == 0) Fail($"{member} must not be empty");
        else if (value.Contains('\0', StringComparison.Ordinal)) Fail(member + NoNul);
        else return true;
        return false;
    }

    /// <summary>Length in characters, and no NUL among them; an absent value passes.</summary>
    public MemberChecks Length(string? value, string member, int min, int max)
    {
        if (value?.Contains('\0', StringComparison.Ordinal) == true) return Fail(member + NoNul);
        if (value is null || (value.Length >= min && value.Length <= max)) return this;
        return Fail($"{member} must have {(min == 0 ? "at most" : $"{min} to")} {max} characters, not {value.Length}");
    }

    /// <summary>One of a closed set; an absent value passes.</summary>
    public MemberChecks OneOf(string? value, string member, params ReadOnlySpan<string> allowed)
    {
        if (value is null) return this;
        foreach (var each in allowed)
            if (each == value) return this;
        return Fail($"{member} must be one of {string.Join(", ", allowed!)}");
    }

    public MemberChecks Range(long? value, string member, long min, long max) =>
        value is null || (value >= min && value <= max) ? this : Fail($"{member} must be {min} to {max}, not {value}");

    public MemberChecks Range(double? value, string member, double min, double max) => value is null || (value >= min && value <= max)
        ? this
        : Fail(FormattableString.Invariant($"{member} must be {min} to {max}, not {value}"));

    /// <summary>No null among the items, not too many of them; an absent list passes.</summary>
    public bool Items<T>(IReadOnlyList<T?>? items, string member, int max) where T : class
    {
        if (items is null) return true;
        if (items.Count > max)
        {
            Fail($"{member} must have at most {max} items, not {items.Count}");
            return false;
        }

        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is not null) continue;
            Fail($"{member}[{i}] must not be null");
            return false;
        }

        return true;
    }

    /// <summary>A JSON object used as a filter: known keys only, values of 1 to 512 characters.</summary>
    public MemberChecks Filter(IReadOnlyDictionary<string, string?>? filter, params ReadOnlySpan<string> keys)
    {
        if (filter is null) return this;
        foreach (var (key, value) in filter)
        {
            if (!keys.Contains(key)) Fail($"Filter key '{Shown(key)}' must be one of {string.Join(", ", keys!)}");
            else if (RequiredText(value, $"Filter.{key}")) Length(value, $"Filter.{key}", 1, 512);
        }

        return this;
    }

    /// <summary>A text of the caller's for use in a message: short, and without control characters.</summary>
    public static string Shown(string text)
    {
        var end = text.Length > 100 ? 100 : text.Length;
        return string.Create(end, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
        });
    }
}
