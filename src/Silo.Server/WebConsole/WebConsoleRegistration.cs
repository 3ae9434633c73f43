using System.Security.Cryptography;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.HttpOverrides;
using Silo.Server.Access;
using Silo.Server.PublicWeb;
using Silo.Server.WebConsole.Assets;
using Silo.Server.WebConsole.Sessions;

namespace Silo.Server.WebConsole;

internal static class WebConsoleRegistration
{
    public const string Path = "/console";
    public const string SignInPath = Path + "/sign-in";
    public const string AssetPath = Path + "/assets";

    /// <summary>Pages for people, rendered here and readable without scripts. Needs what <c>AddSesApi</c> adds.</summary>
    public static IServiceCollection AddWebConsole(this IServiceCollection services)
    {
        services.AddSingleton<SessionCookie>();
        services.AddSingleton(p => new SignIn(
            p.GetRequiredService<AccessKeys>(), p.GetRequiredService<RandomNumberGenerator>(), p.GetRequiredService<TimeProvider>()));
        services.AddScoped<ConsoleSession>();
        services.AddScoped<ConsoleCalls>();
        services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "silo-console-form";
            o.Cookie.Path = Path;
            o.Cookie.SameSite = SameSiteMode.Strict;
        });
        services.AddRazorComponents();
        // It would make a ring of its own at the start, in the home directory, which nothing here uses.
        foreach (var warming in services.Where(IsRingWarming).ToArray()) services.Remove(warming);
        return services;
    }

    public static void MapWebConsole(this WebApplication app)
    {
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments(Path),
            console =>
            {
                var proxies = app.Services.GetRequiredService<PublicOptions>();
                if (proxies.TrustedProxies.Count > 0)
                    console.UseForwardedHeaders(proxies.Forwarding(ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto));
                console.UseMiddleware<ConsoleGate>();
                console.UseAntiforgery();
            });
        app.MapGet(AssetPath + "/{name}", ConsoleAssets.Serve);
        app.MapPost(SignInPath + "/end", SignOut);
        app.MapRazorComponents<ConsoleApp>();
    }

    private static bool IsRingWarming(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService)
        && service.ImplementationType?.Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly;

    private static async Task<IResult> SignOut(HttpContext context, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return Results.Redirect(Path);
        SessionCookie.Take(context);
        return Results.Redirect(SignInPath);
    }
}
