namespace Silo.Server.PublicWeb;

/// <summary>A page of the public listener.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Pattern">As "/c/{token}"; the value of a label is in the request's route values.</param>
/// <param name="Handle">The services of its context are the listener's own and hold nothing of Silo.</param>
internal sealed record PublicRoute(string Method, string Pattern, RequestDelegate Handle);

internal static class PublicRoutes
{
    /// <summary>What the public listener serves begins with one of these.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = ["/u/", "/c/", "/o/", "/v/", "/e/", "/.well-known/"];

    /// <summary>Adds a page to the public listener of every server that is built from these services.</summary>
    /// <exception cref="ArgumentException">The pattern begins with none of <see cref="Prefixes"/>.</exception>
    public static void MapPublic(
        this IServiceCollection services, string method, string pattern, Func<IServiceProvider, RequestDelegate> handler)
    {
        if (!Prefixes.Any(p => pattern.StartsWith(p, StringComparison.Ordinal)))
            throw new ArgumentException($"{pattern} is not a path of the public listener.", nameof(pattern));
        services.AddSingleton(p => new PublicRoute(method, pattern, handler(p)));
    }

    /// <summary>The token of a request to a path with the label {token}.</summary>
    public static string Token(this HttpContext context) => context.Request.RouteValues["token"] as string ?? "";
}
