using Orleans.Runtime;

namespace Silo.Orleans.Hosting;

/// <summary>
/// What the cluster cannot go on from, such as having been voted dead: the process ends at once, without a dump, and says why. Nothing is
/// saved on the way: all that counts is on disk, and others may have taken over already.
/// </summary>
internal sealed partial class FatalErrors(ILogger<FatalErrors> logger) : IFatalErrorHandler
{
    /// <summary>It lost its place in the cluster while it ran.</summary>
    public const int ExitCode = 3;

    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        LogFatal(context, exception);
        Console.Error.WriteLine($"Silo ends, since its place in the cluster is lost: {context} {exception?.Message}");
        Console.Error.Flush();
        Environment.Exit(ExitCode);
    }

    [LoggerMessage(5102, LogLevel.Critical, "This silo ends, since the cluster cannot go on with it: {Context}")]
    private partial void LogFatal(string? context, Exception? exception);
}
