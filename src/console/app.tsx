/** The console: the way around it, and the page that the URL names. */
import { LocationProvider, Route, Router } from "preact-iso";
import { ActionsPage } from "./actions/actions-page.tsx";
import { CallbacksPage } from "./callbacks/callbacks-page.tsx";
import { Announcements } from "./parts/announce.tsx";
import { RunPage } from "./run/run-page.tsx";
import { RunsPage } from "./runs/runs-page.tsx";
import { ServerPage } from "./server/server-page.tsx";
import { ConnectionBanner } from "./shell/connection-banner.tsx";
import { KeyDialog } from "./shell/key-dialog.tsx";
import { Navigation } from "./shell/navigation.tsx";
import { NotFound } from "./shell/not-found.tsx";

/** Links to anything else, such as `/docs`, leave the page. */
const SCOPE = /^\/(?:$|\?|(?:actions|runs|callbacks|server)(?:[/?]|$))/;

export function App() {
  return (
    <LocationProvider scope={SCOPE}>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Navigation />
      <div class="shell-main">
        <ConnectionBanner />
        <main id="main" class="page" tabIndex={-1}>
          <Router>
            <Route path="/" component={ActionsPage} />
            <Route path="/actions/:package/:action" component={ActionsPage} />
            <Route path="/runs" component={RunsPage} />
            <Route path="/runs/:id" component={RunPage} />
            <Route path="/callbacks" component={CallbacksPage} />
            <Route path="/server" component={ServerPage} />
            <Route default component={NotFound} />
          </Router>
        </main>
      </div>
      <Announcements />
      <KeyDialog />
    </LocationProvider>
  );
}
