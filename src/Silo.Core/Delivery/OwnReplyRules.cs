using System.Diagnostics.CodeAnalysis;

namespace Silo.Core.Delivery;

/// <summary>
/// Rules of whoever runs the platform, in the form of the shipped ones and asked before them; they need not cover every reply. Phrases are
/// plain text that is searched for, so that no rule can take longer than its length, whatever a stranger writes.
/// </summary>
/// <remarks>
/// What is said before a recipient was named is about us or the route. A rule without stages therefore holds from the recipient on, and
/// one that names an earlier stage can neither bounce nor block; a bounce takes 5xx alone.
/// </remarks>
public sealed class OwnReplyRules
{
    public const int MaxRules = 200;

    /// <summary>Phrases of all rules together: each reply that says no may be searched for each.</summary>
    public const int MaxPhrases = 2_000;

    public const int MaxPhraseLength = 200;

    public const int MaxNameLength = 64;

    /// <summary>Of an advice or an explanation.</summary>
    public const int MaxSentenceLength = 512;

    private const int MaxConditions = 50;

    private static readonly DeliveryStage[] StagesOfRecipients = [DeliveryStage.Recipient, DeliveryStage.Data, DeliveryStage.FinalDot];

    private OwnReplyRules(ReplyMatcher[] matchers) => Matchers = matchers;

    public static OwnReplyRules None { get; } = new([]);

    public IReadOnlyList<ReplyRule> Rules => [.. Matchers.Select(m => m.Rule)];

    internal ReplyMatcher[] Matchers { get; }

    /// <summary>Reads a list of rules, in order. False: <paramref name="errors"/> holds what is wrong with it.</summary>
    /// <param name="providers">
    /// Names that a rule may give. Null for a list that was checked before it was stored: what came with a later release, a shipped rule of
    /// the same name or another table of providers, does not make it wrong.
    /// </param>
    public static bool TryParse(
        ReadOnlySpan<byte> json, IReadOnlyCollection<string>? providers, [NotNullWhen(true)] out OwnReplyRules? rules,
        out IReadOnlyList<string> errors)
    {
        rules = null;
        var found = new List<string>();
        errors = found;
        if (ReplyRules.Read(json, found) is not { } list) return false;
        if (list.Length > MaxRules || list.Contains(null))
        {
            found.Add($"There must be at most {MaxRules} rules, and nothing else.");
            return false;
        }

        for (var i = 0; i < list.Length; i++) Check(list[i]!, providers, $"[{i}]", found);
        if (list.Sum(r => r!.Text.Count) > MaxPhrases) found.Add($"All rules together must have at most {MaxPhrases} phrases.");
        foreach (var twice in list.GroupBy(r => r!.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            found.Add($"Rule '{twice.Key}' stands there {twice.Count()} times.");
        if (found.Count > 0) return false;
        ReplyMatcher[] matchers = [.. list.Select(rule => new ReplyMatcher(Completed(rule!), found))];
        if (found.Count > 0) return false;
        rules = new OwnReplyRules(matchers);
        return true;
    }

    private static ReplyRule Completed(ReplyRule rule) => rule with
    {
        Stages = rule.Stages.Count == 0 ? StagesOfRecipients : rule.Stages,
        Codes = rule.Codes.Count == 0 && IsBounce(rule) ? ["500-599"] : rule.Codes,
    };

    private static bool IsBounce(ReplyRule rule) => rule.Kind is DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce;

    /// <summary>A slip here would bounce everything that a server with troubles of its own is offered.</summary>
    private static void CheckReach(ReplyRule rule, string at, List<string> errors)
    {
        if (rule.Codes.Count + rule.EnhancedCodes.Count + rule.Text.Count == 0)
            errors.Add($"{at} must have codes, enhancedCodes or text, or it would take every reply.");
        if (rule.Stages.Contains(DeliveryStage.None)) errors.Add($"{at}.stages must not hold None.");
        if (rule.Stages.Any(s => s is > DeliveryStage.None and < DeliveryStage.Mail) && rule.Kind != DeliveryResultKind.RouteFailed)
            errors.Add($"{at}.stages must not hold a stage before Mail unless kind is RouteFailed: nothing was said about the mail yet.");
        if (rule.Stages.Contains(DeliveryStage.Mail) && (IsBounce(rule) || rule.Kind == DeliveryResultKind.Blocked))
            errors.Add($"{at}.stages must not hold Mail when kind is {rule.Kind}: nothing was said about a recipient yet.");
        if (IsBounce(rule) && rule.Codes.Any(c => c is { Length: > 0 } && c[0] < '5'))
            errors.Add($"{at}.codes must be from 500 to 599 when kind is {rule.Kind}: other replies do not refuse for good.");
    }

    private static void Check(ReplyRule rule, IReadOnlyCollection<string>? providers, string at, List<string> errors)
    {
        Length(rule.Name, "name", 1, MaxNameLength);
        Length(rule.Explanation, "explanation", 1, MaxSentenceLength);
        Length(rule.Advice, "advice", 1, MaxSentenceLength);
        // What is stored with results by such a name would mean two things.
        if (providers is not null && ReplyRules.Shipped.Rules.Any(r => r.Name == rule.Name))
            errors.Add($"{at}.name is the name of a rule that Silo comes with.");
        if (rule.Kind is not (DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce or DeliveryResultKind.Blocked
            or DeliveryResultKind.Deferred or DeliveryResultKind.RouteFailed))
            errors.Add($"{at}.kind must be HardBounce, SoftBounce, Blocked, Deferred or RouteFailed.");
        CheckReach(rule, at, errors);
        if (providers is not null && rule.Providers.Any(p => !providers.Contains(p, StringComparer.OrdinalIgnoreCase)))
            errors.Add($"{at}.providers must hold names of mailbox providers as metrics print them.");

        var conditions = Math.Max(Math.Max(rule.Providers.Count, rule.Stages.Count), Math.Max(rule.Codes.Count, rule.EnhancedCodes.Count));
        if (conditions > MaxConditions)
            errors.Add($"{at} must have at most {MaxConditions} providers, stages, codes and enhanced codes each.");
        for (var i = 0; i < rule.Text.Count; i++) Length(rule.Text[i], $"text[{i}]", 2, MaxPhraseLength);

        void Length(string? value, string member, int min, int max)
        {
            if (value is not null && (value.Length < min || value.Length > max))
                errors.Add($"{at}.{member} must have {min} to {max} characters.");
        }
    }
}
