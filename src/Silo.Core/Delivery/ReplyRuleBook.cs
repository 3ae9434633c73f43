namespace Silo.Core.Delivery;

/// <summary>
/// The rules that replies are judged by from now on. Changed at run time: whoever judges a reply takes those of the moment, without a
/// lock. Safe for several threads.
/// </summary>
public sealed class ReplyRuleBook(ReplyRules present)
{
    private volatile ReplyRules _present = present;

    public ReplyRules Present => _present;

    /// <summary>Puts these before the shipped ones, in place of any that were there.</summary>
    public void Use(OwnReplyRules own) => _present = ReplyRules.Shipped.After(own);

    /// <summary>A list that does not change.</summary>
    public static implicit operator ReplyRuleBook(ReplyRules rules) => new(rules);
}
