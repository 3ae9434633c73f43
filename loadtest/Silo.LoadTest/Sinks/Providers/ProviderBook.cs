using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Silo.LoadTest.Sinks.Providers;

/// <summary>The profiles of a sink, found by recipients' domains.</summary>
internal sealed class ProviderBook
{
    /// <summary>More profiles are refused.</summary>
    public const int Most = 1_000;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    private readonly Dictionary<string, ProviderState> _byDomain = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ProviderState>.AlternateLookup<ReadOnlySpan<char>> _byDomainText;
    private readonly ProviderState? _others;

    /// <param name="seed">Two runs with the same one give each recipient the same fate.</param>
    /// <exception cref="ArgumentException">A profile is wrong, or two claim a domain.</exception>
    public ProviderBook(IReadOnlyList<ProviderProfile> profiles, long seed)
    {
        _byDomainText = _byDomain.GetAlternateLookup<ReadOnlySpan<char>>();
        if (profiles.Count > Most)
            throw new ArgumentException($"There are {profiles.Count} profiles, and {Most} may be.", nameof(profiles));
        var errors = profiles.SelectMany(p => p.Errors()).ToList();
        foreach (var profile in profiles)
        {
            var state = new ProviderState(profile, seed);
            if (profile.Domains.Count == 0)
            {
                if (_others is not null) errors.Add($"{profile.Name}: {_others.Profile.Name} has no Domains either.");
                _others = state;
            }

            foreach (var domain in profile.Domains)
                if (!_byDomain.TryAdd(domain, state)) errors.Add($"{profile.Name}: {domain} is another profile's.");
        }

        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors), nameof(profiles));
    }

    public static ProviderBook None { get; } = new([], 0);

    /// <summary>No profile ever says anything but yes.</summary>
    public bool IsEmpty => _byDomain.Count == 0 && _others is null;

    /// <summary>Null: its mail is taken at once.</summary>
    public ProviderState? Of(ReadOnlySpan<char> domain) => _byDomainText.TryGetValue(domain, out var found) ? found : _others;

    /// <summary>A JSON array of profiles. One of a known name starts from what is known of it.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static IReadOnlyList<ProviderProfile> Read(ReadOnlySpan<byte> json)
    {
        var options = new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        var reader = new Utf8JsonReader(json, options);
        if (JsonNode.Parse(ref reader) is not JsonArray array) throw new JsonException("There must be an array of profiles.");
        return [.. array.Select(ReadOne)];
    }

    private static ProviderProfile ReadOne(JsonNode? node)
    {
        if (node is not JsonObject given) throw new JsonException("Each profile must be an object.");
        var known = given["name"] is JsonValue name && name.TryGetValue<string>(out var text)
            ? KnownProviders.All.FirstOrDefault(p => p.Name == text)
            : null;
        var whole = known is null ? new JsonObject() : JsonSerializer.SerializeToNode(known, Json)!.AsObject();
        foreach (var (member, value) in given) whole[member] = value?.DeepClone();
        return whole.Deserialize<ProviderProfile>(Json)!;
    }
}
