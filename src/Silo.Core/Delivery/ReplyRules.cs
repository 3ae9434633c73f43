using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Silo.Core.Delivery;

/// <summary>
/// Whose fault a reply is: an ordered list of rules, of which the first that matches decides. The shipped list is a resource of this
/// assembly; another one can take its place at run time, since the list is data and never changes once it is read.
/// </summary>
public sealed class ReplyRules
{
    /// <summary>More rules are refused: each reply that says no walks the list.</summary>
    public const int MaxRules = 1000;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
    };

    private static readonly Lazy<ReplyRules> ShippedRules = new(ReadShipped);

    private readonly ReplyMatcher[] _matchers;

    private ReplyRules(ReplyMatcher[] matchers) => _matchers = matchers;

    /// <summary>The rules that Silo comes with.</summary>
    public static ReplyRules Shipped => ShippedRules.Value;

    public IReadOnlyList<ReplyRule> Rules => [.. _matchers.Select(m => m.Rule)];

    /// <summary>
    /// Reads a list of rules. False: <paramref name="errors"/> holds everything that is wrong with it, and the rules in use stay.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> json, [NotNullWhen(true)] out ReplyRules? rules, out IReadOnlyList<string> errors)
    {
        rules = null;
        var found = new List<string>();
        errors = found;
        if (Read(json, found) is not { } list) return false;
        if (list is { Length: 0 } || list.Length > MaxRules || list.Contains(null))
        {
            found.Add($"There must be 1 to {MaxRules} rules, and nothing else.");
            return false;
        }

        ReplyMatcher[] matchers = [.. list.Select(rule => new ReplyMatcher(rule!, found))];
        foreach (var twice in list.GroupBy(r => r!.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            found.Add($"Rule '{twice.Key}' stands there {twice.Count()} times.");
        var candidate = new ReplyRules(matchers);
        found.AddRange(candidate.Gaps());
        if (found.Count == 0) rules = candidate;
        return found.Count == 0;
    }

    /// <summary>These rules, with others that are asked first.</summary>
    public ReplyRules After(OwnReplyRules own) => own.Matchers.Length == 0 ? this : new ReplyRules([.. own.Matchers, .. _matchers]);

    /// <summary>The rule that decides about a reply which says no.</summary>
    /// <param name="stage">What the reply answers; <see cref="DeliveryStage.Connect"/> to <see cref="DeliveryStage.FinalDot"/>.</param>
    /// <param name="provider">
    /// The provider of the recipient's domain, when it was its own server that replied; null when unknown or a relay.
    /// </param>
    public ReplyRule Find(DeliveryStage stage, SmtpReply reply, string? provider = null)
    {
        foreach (var matcher in _matchers)
        {
            if (matcher.Matches(stage, reply, provider)) return matcher.Rule;
        }

        throw new ArgumentException($"A reply with code {reply.Code} at {stage} is no refusal.", nameof(reply));
    }

    /// <summary>
    /// Judges a reply. 2xx to the final dot is <see cref="DeliveryResultKind.Delivered"/>; other replies below 400 are not for
    /// judging.
    /// </summary>
    /// <exception cref="ArgumentException">No code from 200 to 599, or a yes to something else than the final dot.</exception>
    public DeliveryResult Judge(DeliveryStage stage, SmtpReply reply, string? provider = null)
    {
        if (stage == DeliveryStage.FinalDot && reply.Code is >= 200 and < 300)
            return new DeliveryResult { Kind = DeliveryResultKind.Delivered, Stage = stage, Reply = reply };
        var rule = Find(stage, reply, provider);
        return new DeliveryResult
        {
            Kind = rule.Kind,
            Stage = stage,
            Reply = reply,
            BounceSubType = rule.BounceSubType,
            DeferralScope = rule.DeferralScope,
            RuleName = rule.Name,
            Diagnostic = $"{rule.Explanation} The server said: {reply}",
        };
    }

    /// <summary>Null: <paramref name="errors"/> says why.</summary>
    internal static ReplyRule?[]? Read(ReadOnlySpan<byte> json, List<string> errors)
    {
        try
        {
            if (JsonSerializer.Deserialize<ReplyRule?[]>(json, Json) is { } list) return list;
            errors.Add("There must be a list of rules.");
        }
        catch (JsonException e)
        {
            errors.Add(e.Path == "$" ? "There must be a list of rules." : Explain(e));
        }

        return null;
    }

    // The serializer's own words tell of our types; of a member that is missing they alone have the name.
    private static string Explain(JsonException e)
    {
        var at = e.Path?.TrimStart('$') is { Length: > 0 } path ? path : "The list";
        var missing = e.Message.IndexOf("required properties", StringComparison.Ordinal);
        return missing >= 0
            ? $"{at} lacks{e.Message[(e.Message.IndexOf(':', missing) + 1)..].Split('.')[0]}."
            : $"{at} is not a member of a rule, or has a value that it cannot have (line {e.LineNumber + 1}).";
    }

    /// <summary>Every 4xx and 5xx at every stage must find a rule, whatever its text.</summary>
    private IEnumerable<string> Gaps()
    {
        foreach (var stage in Enum.GetValues<DeliveryStage>().Where(s => s != DeliveryStage.None))
        {
            foreach (var code in Enumerable.Range(400, 200).Where(c => !Covered(stage, c)).GroupBy(c => c / 100))
                yield return $"No rule takes every {code.Key}xx at {stage}: the list needs one without other conditions at its end.";
        }
    }

    private bool Covered(DeliveryStage stage, int code)
    {
        // A text that no phrase matches, with an enhanced code and without: only unconditional rules take both.
        var plain = new SmtpReply(code, null, "");
        var enhanced = new SmtpReply(code, code < 500 ? "4.999.999" : "5.999.999", "");
        return _matchers.Any(m => m.Matches(stage, plain, "")) && _matchers.Any(m => m.Matches(stage, enhanced, ""));
    }

    private static ReplyRules ReadShipped()
    {
        using var resource = typeof(ReplyRules).Assembly.GetManifestResourceStream("Silo.Core.Delivery.ReplyRules.json")
            ?? throw new InvalidOperationException("The resource ReplyRules.json is missing.");
        var json = new byte[resource.Length];
        resource.ReadExactly(json);
        return TryParse(json, out var rules, out var errors)
            ? rules
            : throw new InvalidOperationException("ReplyRules.json: " + string.Join(' ', errors));
    }
}
