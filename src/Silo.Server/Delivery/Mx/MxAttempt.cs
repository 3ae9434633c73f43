using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Mx;

/// <summary>What one attempt may still try, and what it met on its way. Used by one hand-over.</summary>
internal sealed class MxAttempt(int maxAddresses)
{
    // A server that answers and then keeps us waiting may take minutes; one more such is enough for an attempt.
    private const int MaxDialogues = 2;

    private int _addresses;
    private int _dialogues;

    /// <summary>Nothing more is to be tried.</summary>
    public bool IsOver => _addresses >= maxAddresses || _dialogues >= MaxDialogues || SourceFailed;

    /// <summary>The source, not a host, could not do its part.</summary>
    public bool SourceFailed { get; private set; }

    /// <summary>What tells most of all that failed: a server's own words before a connection that did not come to be.</summary>
    public (string Host, SmtpOutcome Outcome)? Failure { get; private set; }

    /// <summary>Why a host has no address; the one about which least is known.</summary>
    public NoRoute? None { get; private set; }

    public void TriesAddress() => _addresses++;

    public void Failed(string host, SmtpOutcome outcome)
    {
        if (outcome.Stage == DeliveryStage.None) SourceFailed = true;
        if (outcome.Stage > DeliveryStage.Connect) _dialogues++;
        if (Failure is not { Outcome: var before } || outcome.Stage >= before.Stage || SourceFailed) Failure = (host, outcome);
    }

    public void Failed(NoRoute none)
    {
        // That it may pass comes before that it is our own machine, and that before that there is nothing.
        if (None is null || none.Kind > None.Kind) None = none;
        else if (none.Kind == None.Kind && none.AnswersUntil > None.AnswersUntil) None = none;
    }
}
