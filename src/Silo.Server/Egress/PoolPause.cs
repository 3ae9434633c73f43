namespace Silo.Server.Egress;

/// <summary>Nothing new leaves by a pool, or from it to one provider; what had begun ends. Mail keeps its place and its attempts.</summary>
/// <param name="Provider">As <see cref="Core.Addresses.MailboxProvider.All"/> names it; null for the whole pool.</param>
/// <param name="Cause">1 to 512 characters, for who asks why a message does not leave.</param>
public sealed record PoolPause(string? Provider, string Cause, DateTimeOffset At)
{
    public const int MaxCauseLength = 512;
}
