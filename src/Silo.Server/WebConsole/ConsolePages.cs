using Silo.Server.WebConsole.Parts;

namespace Silo.Server.WebConsole;

/// <summary>What stands in the navigation.</summary>
internal sealed record ConsolePage(string Name, string Address);

internal static class ConsolePages
{
    private const string Root = WebConsoleRegistration.Path;

    private static readonly ConsolePage[] ForAccount =
    [
        new("Overview", Root),
        new("Tenants", Root + "/tenants"),
        new("Reviews", Root + "/reviews"),
        new("Advisor", Root + "/advisor"),
        new("Pools", Root + "/pools"),
        new("Audit log", Root + "/audit"),
    ];

    /// <param name="tenantName">Null for who sees the whole account.</param>
    public static IReadOnlyList<ConsolePage> For(string? tenantName) =>
        tenantName is null ? ForAccount : [new ConsolePage("Tenant", Shown.TenantPage(tenantName))];
}
