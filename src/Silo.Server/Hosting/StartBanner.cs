using System.Net;
using Silo.Server.Access;
using Silo.Server.Delivery.Ses;
using Silo.Server.Submission;
using Silo.Server.WebConsole;
using Silo.Server.WebConsole.Sessions;

namespace Silo.Server.Hosting;

/// <summary>What a person sees at the start: where it listens, which key to use, and lines to paste.</summary>
internal static class StartBanner
{
    private const string FirstSteps = """

        A root key was generated and stored in {place}; its secret is shown this once:

          export AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={secret} AWS_REGION={region} AWS_DEFAULT_REGION={region}

        Paste that, then these lines: a tenant with its identity and configuration set, and its first message.
        (Or point any AWS SDK at this endpoint.)

          silo() { curl -sS --aws-sigv4 "aws:amz:{region}:ses" -u "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H 'content-type: application/json' -d "$2" "{url}/v2/email/$1"; echo; }
          silo identities '{"EmailIdentity":"example.com"}'
          silo configuration-sets '{"ConfigurationSetName":"news"}'
          silo tenants '{"TenantName":"acme"}'
          silo tenants/resources '{"TenantName":"acme","ResourceArn":"arn:aws:ses:{region}:{account}:identity/example.com"}'
          silo tenants/resources '{"TenantName":"acme","ResourceArn":"arn:aws:ses:{region}:{account}:configuration-set/news"}'
          silo outbound-emails '{"TenantName":"acme","ConfigurationSetName":"news","FromEmailAddress":"hello@example.com","Destination":{"ToAddresses":["success@simulator.amazonses.com"]},"Content":{"Simple":{"Subject":{"Data":"Hello"},"Body":{"Text":{"Data":"It works."}}}}}'
          silo tenants/get '{"TenantName":"acme"}'

        {smtp}

        """;

    public static void Print(
        TextWriter output, SiloSettings settings, RootKey keys, IEnumerable<string> urls,
        IReadOnlyList<(IPEndPoint EndPoint, bool IsTlsImplicit)> smtp, string signInLink)
    {
        var url = urls.First();
        output.WriteLine();
        output.WriteLine(
            $"Silo is ready. SES v2 API at {url}, region {settings.Silo.Region}, transport {WayOut(settings)}, "
            + $"data in {(settings.Store.Kind == StoreKind.Postgres ? "PostgreSQL" : Path.GetFullPath(settings.Silo.DataDirectory))}");
        if (smtp.Count > 0)
            output.WriteLine($"SMTP at {string.Join(", ", smtp.Select(e => $"{e.EndPoint}{(e.IsTlsImplicit ? " (TLS)" : "")}"))}.");
        output.WriteLine($"Console at {url}{WebConsoleRegistration.Path}; this link signs in once, within {SignIn.LinkLifetime.TotalMinutes:0} minutes:");
        output.WriteLine($"  {url}{WebConsoleRegistration.SignInPath}?link={signInLink}");
        if (!keys.IsNew)
        {
            output.WriteLine($"Access key {keys.Key.Id} (the secret stands in {keys.Place}).");
            output.WriteLine();
            return;
        }

        var password = SmtpPasswords.Derive(keys.Key.Secret, settings.Silo.Region);
        output.WriteLine(FirstSteps
            .Replace("{smtp}", smtp.Count > 0 ? $"By SMTP the user is {keys.Key.Id}, the password {password}" : "", StringComparison.Ordinal)
            .Replace("{place}", keys.Place, StringComparison.Ordinal)
            .Replace("{id}", keys.Key.Id, StringComparison.Ordinal)
            .Replace("{secret}", keys.Key.Secret, StringComparison.Ordinal)
            .Replace("{region}", settings.Silo.Region, StringComparison.Ordinal)
            .Replace("{account}", settings.Silo.AccountId, StringComparison.Ordinal)
            .Replace("{url}", url, StringComparison.Ordinal));
    }

    private static string WayOut(SiloSettings settings) => settings.Transport.Kind switch
    {
        TransportKind.Smtp => $"Smtp ({settings.Relay.Host}:{settings.Relay.Port})",
        TransportKind.Mx => "Mx (to the recipients' own servers)",
        TransportKind.Ses => $"Ses ({SesPlace.Find(settings.Ses, out _)?.Endpoint.Authority})",
        var other => $"{other} (nothing leaves this machine)",
    };
}
