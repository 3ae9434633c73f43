using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Silo.LoadTest.Scenarios;

/// <summary>
/// Reads an object of a scenario member by member, and notes all that is wrong with it, each by its path (<c>flows.mail.rate</c>), also
/// members that nobody asked for.
/// </summary>
internal sealed class MemberReader(JsonObject node, string path, List<string> errors)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public string PathOf(string member) => path.Length == 0 ? member : $"{path}.{member}";

    public void Fail(string member, string what) => errors.Add($"{PathOf(member)} {what}");

    public bool Has(string member) => Take(member) is not null;

    public double Number(string member, double least, double most, double otherwise) => OptionalNumber(member, least, most) ?? otherwise;

    public double? OptionalNumber(string member, double least, double most)
    {
        if (Take(member) is not { } value) return null;
        if (value.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() is var number && number >= least && number <= most)
            return number;
        Fail(member, string.Create(CultureInfo.InvariantCulture, $"must be a number from {least:#,0.######} to {most:#,0.######}"));
        return null;
    }

    public int Count(string member, int least, int most, int otherwise) => (int)LongCount(member, least, most, otherwise);

    public long LongCount(string member, long least, long most, long otherwise)
    {
        if (Take(member) is not { } value) return otherwise;
        if (value is JsonValue whole && whole.TryGetValue<long>(out var number) && number >= least && number <= most) return number;
        Fail(member, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least:#,0} to {most:#,0}"));
        return otherwise;
    }

    public bool Flag(string member, bool otherwise = false)
    {
        if (Take(member) is not { } value) return otherwise;
        if (value.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return value.GetValue<bool>();
        Fail(member, "must be true or false");
        return otherwise;
    }

    public string? Text(string member, int longest = 200)
    {
        if (Take(member) is not { } value) return null;
        if (value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is { Length: > 0 } text && text.Length <= longest)
            return text;
        Fail(member, $"must be a text of 1 to {longest} characters");
        return null;
    }

    public string RequiredText(string member, int longest = 200)
    {
        if (!Has(member)) Fail(member, "is required");
        return Text(member, longest) ?? "";
    }

    /// <summary>One of the names of an enumeration, in lower case with hyphens.</summary>
    public T OneOf<T>(string member, T otherwise) where T : struct, Enum
    {
        if (Text(member) is not { } text) return otherwise;
        foreach (var value in Enum.GetValues<T>())
            if (NameOf(value) == text) return value;
        Fail(member, $"must be one of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}");
        return otherwise;
    }

    /// <summary>An object of the same reader; null when it is absent.</summary>
    public MemberReader? Object(string member)
    {
        if (Take(member) is not { } value) return null;
        if (value is JsonObject inner) return new MemberReader(inner, PathOf(member), errors);
        Fail(member, "must be an object");
        return null;
    }

    /// <summary>The members of an object whose names are the writer's own.</summary>
    public IEnumerable<(string Name, MemberReader Value)> Named(string member)
    {
        if (Take(member) is not { } value) yield break;
        if (value is not JsonObject all)
        {
            Fail(member, "must be an object");
            yield break;
        }

        foreach (var (name, each) in all)
        {
            if (each is JsonObject inner) yield return (name, new MemberReader(inner, $"{PathOf(member)}.{name}", errors));
            else Fail($"{member}.{name}", "must be an object");
        }
    }

    /// <summary>An object of names and numbers of 0 and above.</summary>
    public Dictionary<string, double> Weights(string member)
    {
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        if (Take(member) is not { } value) return weights;
        if (value is not JsonObject all)
        {
            Fail(member, "must be an object of names and numbers");
            return weights;
        }

        foreach (var (name, each) in all)
        {
            if (each?.GetValueKind() == JsonValueKind.Number && each.GetValue<double>() is >= 0 and <= 1e9 and var weight)
                weights[name] = weight;
            else Fail($"{member}.{name}", "must be a number from 0 to 1,000,000,000");
        }

        return weights;
    }

    public IReadOnlyList<MemberReader> Objects(string member)
    {
        if (Take(member) is not { } value) return [];
        if (value is JsonArray all && all.All(e => e is JsonObject))
            return [.. all.Select((e, i) => new MemberReader((JsonObject)e!, $"{PathOf(member)}[{i}]", errors))];
        Fail(member, "must be an array of objects");
        return [];
    }

    /// <summary>As it stands there, for whoever knows its shape.</summary>
    public JsonNode? Whole(string member) => Take(member);

    /// <summary>What was not asked for is misspelt.</summary>
    public void End()
    {
        foreach (var (name, _) in node)
            if (!_known.Contains(name)) Fail(name, "is not known here");
    }

    public static string NameOf<T>(T value) where T : struct, Enum
    {
        var name = value.ToString();
        return string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
    }

    private JsonNode? Take(string member)
    {
        _known.Add(member);
        return node[member];
    }
}
