namespace Silo.Server.Lists;

/// <summary>
/// Clears away lists of tenants that are gone, and contacts of lists that are, a minute after the start and every hour. Each silo does;
/// what is gone is gone.
/// </summary>
internal sealed partial class ContactSweep(ContactLists lists, TimeProvider time, ILogger<ContactSweep> log) : BackgroundService
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var wait = First; ; wait = Interval)
        {
            await Task.Delay(wait, time, stoppingToken);
            try
            {
                await lists.FollowTenants(stoppingToken);
                await lists.Sweep(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
    }

    [LoggerMessage(4510, LogLevel.Warning, "Contacts of lists that are gone could not be looked for; the next try is in an hour")]
    private partial void LogFailed(Exception exception);
}
