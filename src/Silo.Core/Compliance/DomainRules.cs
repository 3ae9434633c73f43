using Silo.Core.SenderAuthentication;
using static Silo.Core.Compliance.ComplianceState;

namespace Silo.Core.Compliance;

/// <summary>What is asked of a domain that mail comes from (RFC 7208, 6376, 7489). Pure.</summary>
public static class DomainRules
{
    public static IReadOnlyList<ComplianceItem> Judge(DomainFacts facts)
    {
        var (spf, dkim, dmarc) = (Spf(facts), Dkim(facts), Dmarc(facts));
        return [spf, dkim, dmarc, Alignment(facts, spf, dkim)];
    }

    private static ComplianceItem Spf(DomainFacts facts)
    {
        var name = facts.ReturnPath.Name;
        if (facts.ReturnPath.Texts is not { } texts) return Item(facts, "SPF", Unknown, NoAnswer(facts.ReturnPath), "Ask again later.");
        var records = texts.Where(SpfRecord.IsSpf).ToList();
        return records switch
        {
            [] => Item(facts, "SPF", NotMet, $"{name}, the domain of return paths, has no SPF record.",
                $"Publish a TXT record at {name} that names the addresses that mail leaves from, as v=spf1 ip4:… -all."),
            [var record] => Spf(facts, record),
            _ => Item(
                facts, "SPF", NotMet, $"{name} has {records.Count} SPF records, which is an error (RFC 7208 4.5).", "Make one of them."),
        };
    }

    private static ComplianceItem Spf(DomainFacts facts, string text)
    {
        var name = facts.ReturnPath.Name;
        var (record, fault) = SpfRecord.Parse(text);
        if (record is null)
        {
            return Item(
                facts, "SPF", NotMet, $"The SPF record of {name} is void: {fault} It is {Shown(text)}", "Mend it: one slip makes it void.");
        }

        if (record.Directives.Any(d => d is { Mechanism: SpfMechanism.All, Qualifier: SpfQualifier.Pass }))
            return Item(facts, "SPF", NotMet, $"The SPF record of {name} lets everybody send: {Shown(text)}", "End it with -all or ~all.");
        if (facts.Sources.Count == 0)
        {
            return Item(
                facts, "SPF", Met,
                $"{name} has {Shown(text)} (whether it names the addresses that mail leaves from cannot be said: {facts.SourcesAre}).",
                null);
        }

        var others = facts.Sources.Where(s => s.Result != SpfResult.Pass).ToList();
        if (others.Count == 0)
        {
            var all = facts.Sources.Count == 1 ? "the one address passes" : $"all {facts.Sources.Count} addresses pass";
            return Item(facts, "SPF", Met, $"{name} has {Shown(text)}, and {all}: {facts.SourcesAre}.", null);
        }

        var worst = others.FirstOrDefault(s => s.Result != SpfResult.TemporaryError) ?? others[0];
        var evidence = $"{others.Count} of {facts.Sources.Count} addresses do not pass ({facts.SourcesAre}). "
            + $"{worst.Address}: {NameOf(worst.Result)}. {worst.Reason}";
        if (worst.Result == SpfResult.TemporaryError) return Item(facts, "SPF", Unknown, evidence, "Ask again later.");
        return facts.AreSourcesGuessed
            ? Item(facts, "SPF", Unknown, evidence, "See to it that the record includes what the relay's operator names for it.")
            : Item(facts, "SPF", NotMet, evidence, $"Name {worst.Address} in the record of {name}, or include a record that names it.");
    }

    private static string NameOf(SpfResult result) => result switch
    {
        SpfResult.SoftFail => "softfail",
        SpfResult.TemporaryError => "temperror",
        SpfResult.PermanentError => "permerror",
        _ => result.ToString().ToLowerInvariant(),
    };

    private static ComplianceItem Dkim(DomainFacts facts)
    {
        if (!facts.IsSigned)
        {
            return Item(facts, "DKIM", NotMet, "Mail from this domain is not signed.",
                "Publish the DNS records that GetEmailIdentity names, and switch DKIM signing on.");
        }

        var found = facts.Keys.FirstOrDefault(k => k.Texts?.Any(IsKey) == true);
        if (found is not null)
            return Item(facts, "DKIM", Met, $"A key is published at {found.Name}, and mail is signed with it.", null);
        return facts.Keys.FirstOrDefault(k => k.Texts is null) is { } silent
            ? Item(facts, "DKIM", Unknown, NoAnswer(silent), "Ask again later.")
            : Item(facts, "DKIM", NotMet,
                facts.Keys is [var first, ..] ? $"There is no key at {first.Name}." : "The identity has no selector.",
                "Publish the DNS records that GetEmailIdentity names.");
    }

    private static ComplianceItem Dmarc(DomainFacts facts)
    {
        foreach (var answer in facts.Dmarc)
        {
            if (answer.Texts is null) return Item(facts, "DMARC", Unknown, NoAnswer(answer), "Ask again later.");
            var records = answer.Texts.Where(DmarcRecord.IsDmarc).ToList();
            if (records.Count == 0) continue;
            if (records.Count > 1)
                return Item(
                    facts, "DMARC", NotMet, $"{answer.Name} has {records.Count} DMARC records, so none holds.", "Leave one of them.");
            var (record, fault) = DmarcRecord.Parse(records[0]);
            // A record that only asks for reports is taken for p=none by some receivers; the bulk-sender rules want it written.
            if (record is null || Tag(records[0], "p") is null)
            {
                return Item(
                    facts, "DMARC", NotMet, $"The DMARC record of {answer.Name} has no policy: {Shown(records[0])} {fault}".TrimEnd(),
                    "Give it p=none at least.");
            }

            return Item(
                facts, "DMARC", Met, string.Join(' ', [$"{answer.Name} has {Shown(records[0])}", .. record.Slips]),
                record.Slips.Count > 0 ? "Mend what is passed over." : null);
        }

        return Item(facts, "DMARC", NotMet, $"Neither {facts.Domain} nor a domain above it has a DMARC record.",
            $"Publish a TXT record at _dmarc.{facts.Domain}: v=DMARC1; p=none, with rua=mailto:… to be told.");
    }

    /// <summary>DKIM signs as the identity's domain, which is that of From or one above it: aligned unless alignment is strict.</summary>
    private static ComplianceItem Alignment(DomainFacts facts, ComplianceItem spf, ComplianceItem dkim)
    {
        var spfAligns = spf.State == Met && IsWithin(facts.ReturnPathDomain, facts.Domain);
        if (dkim.State == Met)
            return Item(facts, "ALIGNMENT", Met, $"Mail is signed as {facts.Domain}, the domain of its From.", null);
        if (spfAligns)
            return Item(facts, "ALIGNMENT", Met, $"Return paths are of {facts.ReturnPathDomain}, within the domain of From.", null);
        return dkim.State == Unknown || spf.State == Unknown
            ? Item(facts, "ALIGNMENT", Unknown, "What DNS says of DKIM or SPF is not known.", "Ask again later.")
            : Item(facts, "ALIGNMENT", NotMet, $"Neither DKIM nor SPF stands for {facts.Domain}.", "See to DKIM: it aligns by itself.");
    }

    private static bool IsWithin(string domain, string parent) =>
        domain == parent || domain.EndsWith("." + parent, StringComparison.Ordinal)
        || parent.EndsWith("." + domain, StringComparison.Ordinal);

    /// <summary>A key with an empty p is revoked (RFC 6376 3.6.1).</summary>
    private static bool IsKey(string text) => Tag(text, "p") is { Length: > 0 } && Tag(text, "v") is (null or "DKIM1");

    private static string? Tag(string record, string name)
    {
        foreach (var part in record.Split(';'))
        {
            var equals = part.IndexOf('=');
            if (equals > 0 && part[..equals].Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return part[(equals + 1)..].Trim();
        }

        return null;
    }

    private static string NoAnswer(TextAnswer answer) =>
        $"DNS did not answer for {answer.Name}{(answer.Problem is { } why ? $" ({why})" : "")}.";

    private static string Shown(string record) => record.Length <= 200 ? record : record[..200] + "…";

    private static ComplianceItem Item(DomainFacts facts, string rule, ComplianceState state, string evidence, string? action) =>
        new(rule, facts.Domain, state, evidence, action);
}
