using System.Globalization;

namespace Silo.Core.Delivery;

/// <summary>The conditions of one <see cref="ReplyRule"/>, ready to be asked.</summary>
internal sealed class ReplyMatcher
{
    private readonly uint _stages;
    private readonly (int First, int Last)[] _codes;
    private readonly string[][] _enhanced;

    public ReplyMatcher(ReplyRule rule, List<string> errors)
    {
        Rule = rule;
        foreach (var stage in rule.Stages) _stages |= 1u << (int)stage;
        _codes = [.. rule.Codes.Select(code => Range(code ?? "", rule.Name, errors))];
        _enhanced = [.. rule.EnhancedCodes.Select(code => Parts(code ?? "", rule.Name, errors))];
        if (rule.Text.Any(string.IsNullOrWhiteSpace)) errors.Add($"Rule '{rule.Name}': an empty text would match every reply.");
        if (rule.WithoutEnhancedCode && _enhanced.Length > 0)
            errors.Add($"Rule '{rule.Name}': EnhancedCodes and WithoutEnhancedCode exclude each other.");
        var hasScope = rule.DeferralScope != DeferralScope.None;
        if (rule.Kind == DeliveryResultKind.Deferred != hasScope && rule.Kind != DeliveryResultKind.RouteFailed)
            errors.Add($"Rule '{rule.Name}': Kind {rule.Kind} does not go with DeferralScope {rule.DeferralScope}.");
        if (rule.Kind is DeliveryResultKind.HardBounce or DeliveryResultKind.SoftBounce != (rule.BounceSubType != BounceSubType.None))
            errors.Add($"Rule '{rule.Name}': Kind {rule.Kind} does not go with BounceSubType {rule.BounceSubType}.");
    }

    public ReplyRule Rule { get; }

    public bool Matches(DeliveryStage stage, SmtpReply reply, string? provider) =>
        (_stages == 0 || (_stages & 1u << (int)stage) != 0)
        && (_codes.Length == 0 || _codes.Any(range => reply.Code >= range.First && reply.Code <= range.Last))
        && (!Rule.WithoutEnhancedCode || reply.EnhancedCode is null)
        && (_enhanced.Length == 0 || reply.EnhancedCode is { } code && _enhanced.Any(pattern => HasForm(code, pattern)))
        && (provider is null || Rule.Providers.Count == 0 || Rule.Providers.Contains(provider, StringComparer.OrdinalIgnoreCase))
        && (Rule.Text.Count == 0 || Rule.Text.Any(phrase => StartsAWord(reply.Text, phrase)));

    internal static bool StartsAWord(string text, string phrase)
    {
        for (var at = 0; (at = text.IndexOf(phrase, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            if (at == 0 || !char.IsLetterOrDigit(text[at - 1]) || !char.IsLetterOrDigit(phrase[0])) return true;
        }

        return false;
    }

    private static bool HasForm(string code, string[] pattern)
    {
        var parts = code.Split('.');
        return parts.Length == 3 && (pattern[0] == "*" || pattern[0] == parts[0])
            && (pattern[1] == "*" || pattern[1] == parts[1]) && (pattern[2] == "*" || pattern[2] == parts[2]);
    }

    private static (int, int) Range(string text, string rule, List<string> errors)
    {
        var ends = text.Split('-');
        if (ends.Length <= 2 && Code(ends[0], out var first) && Code(ends[^1], out var last) && first <= last) return (first, last);
        errors.Add($"Rule '{rule}': '{text}' is no reply code from 200 to 599 and no range of them.");
        return (0, -1);
    }

    private static bool Code(string text, out int code) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= 200 and <= 599;

    private static string[] Parts(string pattern, string rule, List<string> errors)
    {
        var parts = pattern.Split('.');
        if (parts.Length == 3 && parts.All(part => part == "*" || part.Length is > 0 and < 4 && part.All(char.IsAsciiDigit))) return parts;
        errors.Add($"Rule '{rule}': '{pattern}' is no enhanced code such as 5.1.1 or 5.1.*.");
        return ["", "", ""];
    }
}
