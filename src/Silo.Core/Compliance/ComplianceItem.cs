using Silo.Core.SenderAuthentication;

namespace Silo.Core.Compliance;

public enum ComplianceState
{
    Met,
    NotMet,

    /// <summary>Nobody can say: DNS did not answer, or nothing has been measured. Never taken for met.</summary>
    Unknown,
    NotApplicable,
}

/// <summary>One thing that mailbox providers ask of senders.</summary>
/// <param name="Rule">SPF, DKIM, DMARC, ALIGNMENT, ONE_CLICK, COMPLAINT_RATE, GMAIL_BULK, YAHOO_BULK, MICROSOFT_BULK.</param>
/// <param name="Subject">The domain, configuration set or provider that it is about.</param>
/// <param name="Evidence">What was found, a sentence.</param>
/// <param name="Action">What to do; null when there is nothing.</param>
public sealed record ComplianceItem(string Rule, string Subject, ComplianceState State, string Evidence, string? Action);

/// <summary>What DNS says at a name.</summary>
/// <param name="Texts">Its TXT records; null when nobody could say.</param>
public sealed record TextAnswer(string Name, IReadOnlyList<string>? Texts, string? Problem = null);

/// <summary>What is known of one domain that a tenant sends from.</summary>
/// <param name="Domain">In the From header.</param>
/// <param name="ReturnPath">At the return path's domain, which SPF is about.</param>
/// <param name="Keys">At each selector that mail may be signed by.</param>
/// <param name="Dmarc">At _dmarc of the domain, then of those above it, up to the first with a record.</param>
public sealed record DomainFacts(
    string Domain, string ReturnPathDomain, TextAnswer ReturnPath, bool IsSigned, IReadOnlyList<TextAnswer> Keys,
    IReadOnlyList<TextAnswer> Dmarc)
{
    /// <summary>What SPF says of the addresses that mail leaves from; empty where nobody knows them.</summary>
    public IReadOnlyList<SourceFacts> Sources { get; init; } = [];

    /// <summary>Whose the addresses are, or why there are none: the end of a sentence.</summary>
    public string SourcesAre { get; init; } = "nobody knows where mail leaves from";

    /// <summary>The addresses need not be those that mail leaves from: what does not pass is not known to fail.</summary>
    public bool AreSourcesGuessed { get; init; }
}

/// <summary>An address that mail leaves from.</summary>
/// <param name="Reason">Why SPF says so, a sentence.</param>
public sealed record SourceFacts(string Address, SpfResult Result, string Reason);

/// <summary>A configuration set of a tenant.</summary>
/// <param name="HasOneClick">Its bulk mail gets links of its own accord.</param>
/// <param name="WhyNot">Why it gets none, a sentence; null when it does.</param>
public sealed record StreamFacts(string ConfigurationSetName, bool IsBulk, bool HasOneClick, string? WhyNot);

/// <summary>What a tenant sent to a mailbox provider.</summary>
/// <param name="DayVolume">Recipients in the last 24 hours.</param>
/// <param name="ComplaintRate">0 to 1; null when nobody measures it.</param>
/// <param name="MeasuredBy">Who counted complaints, as the end of a sentence.</param>
public sealed record ProviderFacts(string Provider, long DayVolume, double? ComplaintRate, string MeasuredBy);
