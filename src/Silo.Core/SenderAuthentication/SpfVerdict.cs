namespace Silo.Core.SenderAuthentication;

/// <summary>What SPF says of an address (RFC 7208 2.6).</summary>
public enum SpfResult
{
    /// <summary>There is no record.</summary>
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,

    /// <summary>DNS did not answer; the same may be asked again.</summary>
    TemporaryError,

    /// <summary>The record, or one that it leads to, cannot be used; somebody has to change it.</summary>
    PermanentError,
}

public enum SpfQuestionKind
{
    Text,
    AddressV4,
    AddressV6,
    MailExchanger,
    Pointer,
}

/// <summary>What is to be asked of DNS.</summary>
/// <param name="Name">A host name of labels up to 63 characters, 253 in all, without a dot at its end.</param>
public readonly record struct SpfQuestion(string Name, SpfQuestionKind Kind);

/// <summary>What DNS said.</summary>
/// <param name="Values">
/// Texts, addresses as text, names of mail exchangers (an empty one for the root), or names; none when there is no record, or no such name.
/// Null when nobody could say.
/// </param>
public sealed record SpfAnswer(IReadOnlyList<string>? Values);

/// <summary>Whose mail it is, and where it comes from.</summary>
/// <param name="Domain">Of MAIL FROM.</param>
/// <param name="Sender">MAIL FROM; one without a local part counts as postmaster (RFC 7208 4.3).</param>
/// <param name="Hello">The name in EHLO.</param>
public sealed record SpfRequest(IpNumber Address, string Domain, string Sender, string Hello);

/// <summary>How far an evaluation came.</summary>
public abstract record SpfStep
{
    private SpfStep()
    {
    }

    /// <summary>It goes on when this is answered.</summary>
    public sealed record Asks(SpfQuestion Question) : SpfStep;

    /// <summary>It is decided.</summary>
    /// <param name="Reason">A sentence: the term that decided, or what is wrong.</param>
    /// <param name="Lookups">Terms that asked DNS; ten at most are allowed (RFC 7208 4.6.4).</param>
    public sealed record Decided(SpfResult Result, string Reason, int Lookups) : SpfStep;
}
