using Silo.Storage;

namespace Silo.Server.SesApi;

/// <summary>A tag on the wire.</summary>
internal sealed record Tag(string? Key, string? Value);

/// <summary>Rules of resource tags: at most 50; keys 1 to 128 characters, not starting with "aws:"; values up to 256.</summary>
internal static class TagRules
{
    public const int MaxTags = 50;
    public const int MaxKeyLength = 128;
    private const int MaxValueLength = 256;

    public static IReadOnlyList<ResourceTag> Check(IReadOnlyList<Tag?>? tags, MemberChecks checks)
    {
        if (tags is null || !checks.Items(tags, "Tags", MaxTags)) return [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var result = new List<ResourceTag>(tags.Count);
        for (var i = 0; i < tags.Count; i++)
        {
            var (key, value) = tags[i]!;
            if (!CheckKey(key, $"Tags[{i}].Key", checks) || !checks.Required(value, $"Tags[{i}].Value")) continue;
            checks.Length(value, $"Tags[{i}].Value", 0, MaxValueLength);
            if (!seen.Add(key!)) checks.Fail($"Tags[{i}].Key is given twice");
            result.Add(new ResourceTag(key!, value));
        }

        return result;
    }

    public static bool CheckKey(string? key, string member, MemberChecks checks)
    {
        if (!checks.RequiredText(key, member)) return false;
        checks.Length(key, member, 1, MaxKeyLength);
        if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            checks.Fail($"{member} must not start with aws:, which is reserved");
        return true;
    }

    public static IReadOnlyList<Tag> ToWire(IReadOnlyList<ResourceTag> tags) => [.. tags.Select(t => new Tag(t.Key, t.Value))];
}
