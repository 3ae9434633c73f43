namespace Silo.Core.Messages;

/// <summary>
/// What of a message decides in which metrics it counts. It stands in the id of the message, so that what is told of it when nothing else
/// of it is left counts where its send did. The numbers are in ids that were given out: never renumber, and there is room for one more.
/// </summary>
[Flags]
public enum MailTraits
{
    None = 0,

    /// <summary>It counts in metrics as those of SES do: it has one recipient, who is no mailbox simulator.</summary>
    Counted = 1,

    /// <summary>Its opens are noticed: it carries an image.</summary>
    OpensTracked = 2,

    /// <summary>Its clicks are noticed: at least one link of it leads by way of this server.</summary>
    ClicksTracked = 4,

    Tracked = OpensTracked | ClicksTracked,
}
