namespace Silo.Core.SenderAuthentication;

/// <summary>
/// Evaluates SPF (RFC 7208 section 4 and 5) by answers of DNS that are given to it. Pure: when an answer is missing, it says which, and is
/// to be called again with that one too. It asks for a bounded number: ten terms, each with ten names at the most.
/// </summary>
public sealed class SpfEvaluator
{
    /// <summary>Terms that ask DNS (RFC 7208 4.6.4).</summary>
    public const int MaxLookups = 10;

    /// <summary>Terms that ask DNS in vain (RFC 7208 4.6.4).</summary>
    public const int MaxVoidLookups = 2;

    private const int MaxNames = 10;

    private readonly SpfRequest _request;
    private readonly Func<SpfQuestion, SpfAnswer?> _answers;
    private readonly string _sender;
    private SpfQuestion? _missing;
    private int _lookups;
    private int _voids;

    private SpfEvaluator(SpfRequest request, Func<SpfQuestion, SpfAnswer?> answers)
    {
        (_request, _answers) = (request, answers);
        var sender = request.Sender.Contains('@') ? request.Sender : $"postmaster@{request.Domain}";
        _sender = sender[0] == '@' ? "postmaster" + sender : sender;
    }

    private enum Match
    {
        No,
        Yes,

        /// <summary>The evaluation ends here, with the result that <see cref="Outcome"/> has, or for want of an answer.</summary>
        Ends,
    }

    /// <param name="answers">What DNS said to a question; null when it has not been asked yet.</param>
    public static SpfStep Evaluate(SpfRequest request, Func<SpfQuestion, SpfAnswer?> answers)
    {
        var evaluator = new SpfEvaluator(request, answers);
        var outcome = evaluator.Check(request.Domain);
        return evaluator._missing is { } missing
            ? new SpfStep.Asks(missing)
            : new SpfStep.Decided(outcome.Result, outcome.Reason, evaluator._lookups);
    }

    private Outcome Check(string domain)
    {
        if (!IsName(domain)) return new(SpfResult.None, $"'{domain}' is no domain.");
        if (Ask(domain, SpfQuestionKind.Text) is not { } answer) return Outcome.Missing;
        if (answer.Values is not { } texts) return new(SpfResult.TemporaryError, $"DNS did not answer for {domain}.");
        var found = texts.Where(SpfRecord.IsSpf).ToList();
        if (found.Count == 0) return new(SpfResult.None, $"{domain} has no SPF record.");
        if (found.Count > 1) return new(SpfResult.PermanentError, $"{domain} has {found.Count} SPF records.");
        var (record, fault) = SpfRecord.Parse(found[0]);
        if (record is null) return new(SpfResult.PermanentError, $"The SPF record of {domain} is broken: {fault}");
        foreach (var directive in record.Directives)
        {
            var match = Matches(directive, domain, out var end);
            if (match == Match.Ends) return end;
            if (match == Match.Yes) return new(ResultOf(directive.Qualifier), $"It is meant by '{directive.Text}' of {domain}.");
        }

        // An all anywhere would have matched, so a redirect behind it is not reached (RFC 7208 6.1).
        return record.Redirect is null
            ? new(SpfResult.Neutral, $"Nothing in the SPF record of {domain} means it.")
            : Follow(record.Redirect, domain);
    }

    private Outcome Follow(string redirect, string domain)
    {
        if (TooMany(domain) is { } tooMany) return tooMany;
        if (Target(redirect, domain) is not { } target) return Outcome.Missing;
        var there = Check(target);
        return there.Result == SpfResult.None && _missing is null
            ? new(SpfResult.PermanentError, $"{domain} redirects to {target}, which has no SPF record.")
            : there;
    }

    private Match Matches(SpfDirective directive, string domain, out Outcome end)
    {
        end = Outcome.Missing;
        switch (directive.Mechanism)
        {
            case SpfMechanism.All:
                return Match.Yes;
            case SpfMechanism.Ip4 or SpfMechanism.Ip6:
                var network = directive.Network!.Value;
                return Of(_request.Address.IsIn(network, network.IsV6 ? directive.PrefixV6 : directive.PrefixV4));
        }

        if (TooMany(domain) is { } tooMany)
        {
            end = tooMany;
            return Match.Ends;
        }

        if (Target(directive.Domain, domain) is not { } target) return Match.Ends;
        return directive.Mechanism switch
        {
            SpfMechanism.Include => Include(target, domain, out end),
            SpfMechanism.A => IsName(target) ? HasAddress(target, directive, true, out end) : Match.No,
            SpfMechanism.Exists => IsName(target) ? Exists(target, out end) : Match.No,
            SpfMechanism.Mx => IsName(target) ? Exchanges(target, directive, out end) : Match.No,
            _ => IsNamed(target, out _),
        };
    }

    private Match Include(string target, string domain, out Outcome end)
    {
        var there = Check(target);
        end = there;
        switch (there.Result)
        {
            case var _ when _missing is not null:
                return Match.Ends;
            case SpfResult.Pass:
                return Match.Yes;
            case SpfResult.None:
                end = new(SpfResult.PermanentError, $"{domain} includes {target}, which has no SPF record.");
                return Match.Ends;
            case SpfResult.TemporaryError or SpfResult.PermanentError:
                return Match.Ends;
            default:
                return Match.No;
        }
    }

    private Match HasAddress(string name, SpfDirective directive, bool countsVoids, out Outcome end)
    {
        var kind = _request.Address.IsV6 ? SpfQuestionKind.AddressV6 : SpfQuestionKind.AddressV4;
        if (!Asked(name, kind, countsVoids, out var values, out end)) return Match.Ends;
        var prefix = _request.Address.IsV6 ? directive.PrefixV6 : directive.PrefixV4;
        return Of(values.Any(v => IpNumber.TryParse(v, out var address) && _request.Address.IsIn(address, prefix)));
    }

    private Match Exists(string name, out Outcome end) =>
        // Of both families an A record is asked for (RFC 7208 5.7).
        Asked(name, SpfQuestionKind.AddressV4, true, out var values, out end) ? Of(values.Count > 0) : Match.Ends;

    private Match Exchanges(string name, SpfDirective directive, out Outcome end)
    {
        if (!Asked(name, SpfQuestionKind.MailExchanger, true, out var exchanges, out end)) return Match.Ends;
        if (exchanges.Count > MaxNames)
        {
            end = new(SpfResult.PermanentError, $"{name} has more than {MaxNames} MX records.");
            return Match.Ends;
        }

        foreach (var exchange in exchanges.Where(IsName))
        {
            var match = HasAddress(exchange, directive, false, out end);
            if (match != Match.No) return match;
        }

        return Match.No;
    }

    /// <summary>
    /// Whether a name of the address that leads back to it is the target's, or below it (RFC 7208 5.5). What DNS does not answer is not
    /// there.
    /// </summary>
    private Match IsNamed(string target, out string name)
    {
        name = "unknown";
        if (Ask(_request.Address.ToPointerName(), SpfQuestionKind.Pointer) is not { } pointers) return Match.Ends;
        string? any = null;
        foreach (var pointer in (pointers.Values ?? []).Take(MaxNames).Where(IsName))
        {
            var kind = _request.Address.IsV6 ? SpfQuestionKind.AddressV6 : SpfQuestionKind.AddressV4;
            if (Ask(pointer, kind) is not { } addresses) return Match.Ends;
            if (addresses.Values?.Any(v => IpNumber.TryParse(v, out var back) && back == _request.Address) != true) continue;
            any ??= pointer;
            if (!pointer.Equals(target, StringComparison.OrdinalIgnoreCase)
                && !pointer.EndsWith("." + target, StringComparison.OrdinalIgnoreCase)) continue;
            name = pointer;
            return Match.Yes;
        }

        name = any ?? name;
        return Match.No;
    }

    private bool Asked(string name, SpfQuestionKind kind, bool countsVoids, out IReadOnlyList<string> values, out Outcome end)
    {
        (values, end) = ([], Outcome.Missing);
        if (Ask(name, kind) is not { } answer) return false;
        if (answer.Values is null)
        {
            end = new(SpfResult.TemporaryError, $"DNS did not answer for {name}.");
            return false;
        }

        values = answer.Values;
        if (!countsVoids || values.Count > 0 || ++_voids <= MaxVoidLookups) return true;
        end = new(SpfResult.PermanentError, $"More than {MaxVoidLookups} terms name what is not in DNS, {name} the last of them.");
        return false;
    }

    private SpfAnswer? Ask(string name, SpfQuestionKind kind)
    {
        var question = new SpfQuestion(name, kind);
        var answer = _answers(question);
        if (answer is null) _missing = question;
        return answer;
    }

    private Outcome? TooMany(string domain) => ++_lookups <= MaxLookups
        ? null
        : new(SpfResult.PermanentError, $"More than {MaxLookups} terms ask DNS, the last one in the record of {domain}.");

    /// <summary>Null when an answer is missing.</summary>
    private string? Target(string? spec, string domain)
    {
        if (spec is null) return domain;
        var validated = "unknown";
        if (SpfMacro.NeedsValidatedName(spec) && IsNamed(domain, out validated) == Match.Ends) return null;
        return SpfMacro.Expand(spec, new SpfMacroValues(_sender, domain, _request.Address, _request.Hello, validated));
    }

    private static bool IsName(string name)
    {
        if (name.Length is 0 or > 253 || !name.Contains('.')) return false;
        foreach (var range in name.AsSpan().Split('.'))
            if (name.AsSpan()[range].Length is 0 or > 63) return false;
        return true;
    }

    private static Match Of(bool matches) => matches ? Match.Yes : Match.No;

    private static SpfResult ResultOf(SpfQualifier qualifier) => qualifier switch
    {
        SpfQualifier.Pass => SpfResult.Pass,
        SpfQualifier.Fail => SpfResult.Fail,
        SpfQualifier.SoftFail => SpfResult.SoftFail,
        _ => SpfResult.Neutral,
    };

    private readonly record struct Outcome(SpfResult Result, string Reason)
    {
        /// <summary>There is none yet.</summary>
        public static Outcome Missing { get; } = new(SpfResult.None, "");
    }
}
