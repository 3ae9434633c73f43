using Silo.Server.Access;

namespace Silo.Server.WebConsole.Sessions;

/// <summary>Who looks at the page that is being made; one for each request, filled by <see cref="ConsoleGate"/>.</summary>
internal sealed class ConsoleSession
{
    private Caller? _caller;

    public Caller Caller => _caller ?? throw new InvalidOperationException("Nobody is signed in: the gate lets no such request through.");

    public bool IsSignedIn => _caller is not null;

    /// <summary>The one tenant that this session sees; null for the whole account.</summary>
    public string? TenantName => _caller?.TenantName;

    public void SignIn(Caller caller) => _caller = caller;
}
