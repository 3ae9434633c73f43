# The cluster's program; Silo.Server.dll of the same image is the one for a single process on SQLite (docs/operations.md).
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Silo.Orleans -c Release -p:Orleans=true -o /app

# docker build --target load: the load and the sink of the compose file.
FROM build AS build-load
RUN dotnet publish loadtest/Silo.LoadTest -c Release -o /load

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS load
USER $APP_UID
WORKDIR /load
COPY --from=build-load /load .
ENTRYPOINT ["dotnet", "Silo.LoadTest.dll"]

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS silo
RUN mkdir /data && chown $APP_UID /data
USER $APP_UID
WORKDIR /app
COPY --from=build /app .
ENV Silo__DataDirectory=/data
VOLUME /data
# HTTP, silo to silo, cluster clients.
EXPOSE 8080 11111 30000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["dotnet", "Silo.Orleans.dll", "healthcheck"]
ENTRYPOINT ["dotnet", "Silo.Orleans.dll"]
