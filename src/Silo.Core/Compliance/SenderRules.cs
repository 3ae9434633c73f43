using System.Globalization;
using static Silo.Core.Compliance.ComplianceState;

namespace Silo.Core.Compliance;

/// <summary>
/// What Gmail and Yahoo (since February 2024) and Microsoft (since May 2025) ask of those who send much. Pure.
/// </summary>
public static class SenderRules
{
    /// <summary>Recipients a day at one provider from which on a sender is a bulk sender (Gmail: close to 5,000; Microsoft: over 5,000).</summary>
    public const long BulkVolume = 5_000;

    /// <summary>"Close to": from here on the rules are judged.</summary>
    public const long NearVolume = 4_000;

    /// <summary>Never to be reached (Gmail, e-mail sender guidelines; Yahoo alike).</summary>
    public const double MaxComplaintRate = 0.003;

    public static ComplianceItem OneClick(StreamFacts facts)
    {
        const string rule = "ONE_CLICK";
        if (!facts.IsBulk)
        {
            return new(rule, facts.ConfigurationSetName, NotApplicable,
                "The set is not of the stream BULK: one-click is for marketing and subscribed mail alone.", null);
        }

        return facts.HasOneClick
            ? new(rule, facts.ConfigurationSetName, Met,
                "Its mail leaves with List-Unsubscribe and List-Unsubscribe-Post, unless it has its own.", null)
            : new(rule, facts.ConfigurationSetName, NotMet, facts.WhyNot ?? "It is switched off.",
                "See to links to unsubscribe by, or put both headers on the mail yourself (RFC 8058).");
    }

    public static ComplianceItem Complaints(ProviderFacts facts)
    {
        const string rule = "COMPLAINT_RATE";
        if (facts.ComplaintRate is not { } rate)
        {
            return new(rule, facts.Provider, Unknown, $"Nobody has measured complaints: {facts.MeasuredBy}.",
                facts.Provider == "Gmail" ? "Register the domains with Postmaster Tools and let Silo read them." : null);
        }

        var evidence = string.Create(CultureInfo.InvariantCulture, $"{rate:0.###%}, {facts.MeasuredBy}; the limit is 0.3%.");
        return rate < MaxComplaintRate
            ? new(rule, facts.Provider, Met, evidence, null)
            : new(rule, facts.Provider, NotMet, evidence, "Send to those alone who asked for it, and make leaving easy.");
    }

    /// <summary>All that a provider asks of a bulk sender, taken together; not applicable to who is far from being one.</summary>
    /// <param name="items">What was found about domains, streams and complaints.</param>
    public static ComplianceItem Bulk(ProviderFacts facts, IReadOnlyList<ComplianceItem> items)
    {
        var (rule, refusal) = facts.Provider switch
        {
            "Gmail" => ("GMAIL_BULK", "Gmail puts off or refuses mail of bulk senders that does not"),
            "Yahoo" => ("YAHOO_BULK", "Yahoo puts off or refuses mail of bulk senders that does not"),
            _ => ("MICROSOFT_BULK", "Microsoft refuses mail with 550 5.7.515 that does not"),
        };
        var volume = string.Create(CultureInfo.InvariantCulture, $"{facts.DayVolume:N0} recipients in 24 hours");
        if (facts.DayVolume < NearVolume)
            return new(rule, facts.Provider, NotApplicable, $"{volume}: far from {BulkVolume.ToString("N0", CultureInfo.InvariantCulture)}.", null);
        // Microsoft asks for no one-click, and goes by its own complaints.
        var asked = items.Where(i => i.Rule is "SPF" or "DKIM" or "DMARC" or "ALIGNMENT"
            || (facts.Provider != "Microsoft" && (i.Rule == "ONE_CLICK" || (i.Rule == "COMPLAINT_RATE" && i.Subject == facts.Provider)))).ToList();
        var failing = asked.Where(i => i.State == NotMet).ToList();
        if (failing.Count > 0)
        {
            return new(rule, facts.Provider, NotMet, $"{volume}. Not met: {Names(failing)}. {refusal}.",
                "See to what is not met, the authentication first.");
        }

        var unknown = asked.Where(i => i.State == Unknown).ToList();
        return unknown.Count > 0 || asked.Count == 0
            ? new(rule, facts.Provider, Unknown, $"{volume}. Not known: {(asked.Count == 0 ? "any domain" : Names(unknown))}.", null)
            : new(rule, facts.Provider, Met, $"{volume}. All that is asked is met.", null);
    }

    private static string Names(IEnumerable<ComplianceItem> items) =>
        string.Join(", ", items.Take(10).Select(i => $"{i.Rule} of {i.Subject}"));
}
