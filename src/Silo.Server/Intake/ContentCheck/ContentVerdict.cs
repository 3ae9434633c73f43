using Silo.Core.Messages;

namespace Silo.Server.Intake.ContentCheck;

internal enum ContentCheckResult
{
    /// <summary>It was not this message's turn.</summary>
    NotChecked,

    /// <summary>It is larger than what is checked.</summary>
    TooLarge,
    Passed,
    Rejected,

    /// <summary>The checker did not answer in time, or with something else than a verdict.</summary>
    Failed,

    /// <summary>The checker has failed before and is left alone for a while.</summary>
    Resting,

    /// <summary>Too many messages are being checked.</summary>
    Busy,
}

/// <param name="Score">Null when the checker said nothing.</param>
internal readonly record struct ContentVerdict(ContentCheckResult Result, ContentScore? Score)
{
    /// <summary>It should have been checked and was not.</summary>
    public bool IsUnchecked => Result is ContentCheckResult.Failed or ContentCheckResult.Resting or ContentCheckResult.Busy;
}
