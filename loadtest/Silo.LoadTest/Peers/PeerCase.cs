namespace Silo.LoadTest.Peers;

/// <summary>What all servers are measured with.</summary>
/// <param name="Tenants">Sender domains, and for Silo as many tenants.</param>
/// <param name="Dkim">Each server signs with the same RSA key of 2048 bits.</param>
/// <param name="Tls">Opportunistic, in and out.</param>
internal sealed record PeerCase(int Tenants, bool Dkim, bool Tls)
{
    public string Name => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{Tenants:N0} tenant{(Tenants == 1 ? "" : "s")}{(Dkim ? ", DKIM" : "")}{(Tls ? ", TLS" : "")}{(Dkim || Tls ? "" : ", plain")}");
}
