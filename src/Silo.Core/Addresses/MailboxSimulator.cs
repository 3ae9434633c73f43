namespace Silo.Core.Addresses;

/// <summary>What the mailbox simulator does with a message; one per address of the SES mailbox simulator.</summary>
public enum SimulatorOutcome
{
    /// <summary>Accepted: a delivery.</summary>
    Success,

    /// <summary>550 5.1.1: a hard bounce that puts the address on no suppression list.</summary>
    Bounce,

    /// <summary>Delivered, then an automatic reply (RFC 3834).</summary>
    OutOfTheOffice,

    /// <summary>Delivered, then a complaint (RFC 5965).</summary>
    Complaint,

    /// <summary>A hard bounce as if the address stood on the global suppression list.</summary>
    SuppressionList,
}

/// <summary>The addresses of the SES mailbox simulator, at its domain and at one of the operator's own.</summary>
public static class MailboxSimulator
{
    public const string SesDomain = "simulator.amazonses.com";

    /// <summary>Whether it is of the simulator of SES, whatever way the mail takes there: no person reads it.</summary>
    /// <param name="address">A recipient's addr-spec.</param>
    public static bool IsOfSes(string address) =>
        address.AsSpan(address.LastIndexOf('@') + 1).Equals(SesDomain, StringComparison.OrdinalIgnoreCase);

    /// <summary>Case does not matter, and a label may follow the local part: <c>bounce+batch7@…</c>.</summary>
    /// <param name="address">A recipient's addr-spec.</param>
    /// <param name="domain">The operator's own simulator domain, beside <see cref="SesDomain"/>; empty for none.</param>
    /// <param name="outcome">What is to happen, when the address is one of the simulator's.</param>
    public static bool TryMatch(string address, string domain, out SimulatorOutcome outcome)
    {
        outcome = default;
        var at = address.LastIndexOf('@');
        if (at <= 0) return false;
        var host = address.AsSpan(at + 1);
        if (!host.Equals(SesDomain, StringComparison.OrdinalIgnoreCase)
            && (domain.Length == 0 || !host.Equals(domain, StringComparison.OrdinalIgnoreCase))) return false;
        var local = address.AsSpan(0, at);
        var plus = local.IndexOf('+');
        return TryMatchLocalPart(plus < 0 ? local : local[..plus], out outcome);
    }

    private static bool TryMatchLocalPart(ReadOnlySpan<char> name, out SimulatorOutcome outcome)
    {
        SimulatorOutcome? match =
            Is(name, "success") ? SimulatorOutcome.Success
            : Is(name, "bounce") ? SimulatorOutcome.Bounce
            : Is(name, "ooto") ? SimulatorOutcome.OutOfTheOffice
            : Is(name, "complaint") ? SimulatorOutcome.Complaint
            : Is(name, "suppressionlist") ? SimulatorOutcome.SuppressionList
            : null;
        outcome = match ?? default;
        return match is not null;
    }

    private static bool Is(ReadOnlySpan<char> name, string word) => name.Equals(word, StringComparison.OrdinalIgnoreCase);
}
