//! Chapter: context. What a tool is set up to act on, from the files and variables it reads itself.

use crate::approval::person::Machine;
use serde_json::Value;
use std::path::Path;

/// A machine whose home and project hold the set-up of many tools.
fn set_up() -> Machine {
    let machine = Machine::new();
    let home = |path: &str, text: &str| write(&machine.path("home").join(path), text);
    let work = |path: &str, text: &str| write(&machine.work().join(path), text);
    home(
        ".kube/config",
        "apiVersion: v1\nclusters:\n- cluster: {server: https://k8s.example:6443}\n  name: c1\ncontexts:\n- context:\n    cluster: c1\n    namespace: shop\n    user: u\n  name: acme-prod\n- context: {cluster: c1, user: u}\n  name: staging\ncurrent-context: acme-prod\nusers:\n- name: u\n  user: {token: SECRET}\n",
    );
    home(
        ".aws/config",
        "[default]\nregion = eu-west-1\n[profile live]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsso_start_url = https://x\n",
    );
    home(".config/gcloud/active_config", "work\n");
    home(
        ".config/gcloud/configurations/config_work",
        "[core]\naccount = me@example.org\nproject = acme-live\n[compute]\nzone = europe-west1-b\n",
    );
    home(
        ".azure/azureProfile.json",
        "\u{feff}{\"subscriptions\": [{\"id\": \"1\", \"name\": \"Acme Production\", \"isDefault\": true, \"tenantId\": \"t\", \"user\": {\"name\": \"me\"}}]}",
    );
    home(
        ".ssh/config",
        "Host web web-*\n  HostName 10.0.0.7\n  User deploy\n  Port 2222\nHost *\n  ProxyJump bastion\n",
    );
    home(".npmrc", "//registry.example/:_authToken=SECRET\nregistry=https://registry.example/\n");
    home(".docker/config.json", "{\"currentContext\": \"big\", \"auths\": {\"x\": {\"auth\": \"SECRET\"}}}");
    home(
        ".docker/contexts/meta/ab12/meta.json",
        "{\"Name\": \"big\", \"Endpoints\": {\"docker\": {\"Host\": \"ssh://big.example\"}}}",
    );
    home(".my.cnf", "[client]\nhost = db.example\nuser = app\npassword = SECRET\n");
    home(".pg_service.conf", "[shop]\nhost=pg.example\ndbname=shop_prod\npassword=SECRET\n");
    work("package.json", "{\"name\": \"@acme/web\", \"version\": \"1.2.3\"}");
    work("Cargo.toml", "[package]\nname = \"tool\"\nversion = \"0.4.0\"\n");
    work("pyproject.toml", "[project]\nname = \"lib\"\nversion = \"2.0\"\n");
    work(".env", "DATABASE_URL=\"postgres://app:SECRET@pg.example:5432/shop?sslmode=require\"\n");
    work("infra/.terraform/environment", "prod");
    work(
        "infra/.terraform/terraform.tfstate",
        "{\"backend\": {\"type\": \"s3\", \"config\": {\"bucket\": \"acme-state\", \"key\": \"web\", \"secret_key\": \"SECRET\"}}}",
    );
    work(
        "local/terraform.tfstate",
        "{\"serial\": 7, \"resources\": [{\"mode\": \"managed\"}, {\"mode\": \"data\"}, {\"mode\": \"managed\"}]}",
    );
    work("fly.toml", "app = \"acme-web\"\n");
    work(".vercel/project.json", "{\"projectId\": \"prj_1\", \"orgId\": \"team_1\", \"projectName\": \"acme\"}");
    work("wrangler.toml", "name = \"edge\"\naccount_id = \"f00\"\n");
    work(".firebaserc", "{\"projects\": {\"default\": \"acme-app\", \"live\": \"acme-live\"}}");
    work("serverless.yml", "service: jobs\nprovider:\n  stage: ${opt:stage}\n  region: eu-central-1\n");
    work("compose.yaml", "name: shop\nservices: {}\n");
    machine
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("a directory is made");
    std::fs::write(path, text).expect("a file is written");
}

/// Facts of the effects of a line, `name=value`.
fn facts(machine: &Machine, line: &str) -> Vec<String> {
    let output = machine.control(&["check", "--json", "--", line]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line}: {error}"));
    let effects = report["effects"].as_array().cloned().unwrap_or_default();
    let objects = effects.iter().filter_map(|effect| effect["object"].as_object());
    let pairs = objects.flat_map(|object| object.iter().map(|(name, value)| (name.clone(), value.clone())));
    pairs.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect()
}

#[test]
fn each_tool_is_shown_with_what_it_is_set_up_to_act_on() {
    let machine = set_up();
    for (line, wanted) in [
        ("kubectl delete pod x", "context=acme-prod namespace=shop server=https://k8s.example:6443"),
        ("kubectl --context staging delete pod x", "context=staging namespace=default"),
        ("kubectl -n web delete pod x", "context=acme-prod namespace=web"),
        ("helm uninstall x", "context=acme-prod namespace=shop"),
        ("aws ec2 terminate-instances --instance-ids i-1", "profile=default region=eu-west-1"),
        (
            "AWS_PROFILE=live aws ec2 terminate-instances",
            "profile=live region=us-east-1 account=123456789012 role=Admin",
        ),
        ("aws --profile live --region x s3 rm s3://b/x", "profile=live region=x"),
        ("aws s3 cp package.json s3://b/x", "profile=default region=eu-west-1"),
        (
            "gcloud compute instances delete x",
            "project=acme-live account=me@example.org zone=europe-west1-b configuration=work",
        ),
        ("CLOUDSDK_CORE_PROJECT=other gcloud run deploy x", "project=other account=me@example.org"),
        ("az group delete -n x", "subscription=Acme Production account=me"),
        ("ssh web-1 rm x", "hostname=10.0.0.7 user=deploy port=2222 through=bastion"),
        ("ssh me@other rm x", "user=me through=bastion"),
        ("scp package.json web:x", "hostname=10.0.0.7"),
        ("npm publish", "package=@acme/web version=1.2.3 registry=https://registry.example/"),
        ("npm publish --registry https://other.example", "registry=https://other.example"),
        ("cargo publish", "package=tool version=0.4.0 registry=crates.io"),
        ("twine upload a.whl", "package=lib registry=pypi.org"),
        ("docker rm x", "context=big engine=ssh://big.example"),
        ("DOCKER_HOST=tcp://h:1 docker rm x", "engine=tcp://h:1"),
        ("DOCKER_HOST=\"$(cat x)\" docker rm x", "engine=unknown"),
        ("docker compose down -v", "project=shop"),
        ("mysql -e 'drop table t'", "host=db.example user=app"),
        ("PGSERVICE=shop psql -c 'drop table t'", "host=pg.example database=shop_prod service=shop"),
        ("psql 'postgres://u:SECRET@h.example/d' -c 'drop table t'", "host=h.example database=d user=u"),
        ("psql -c 'drop table t'", "host=localhost"),
        ("prisma migrate reset", "host=pg.example:5432 database=shop user=app"),
        ("DATABASE_URL=mysql://m.example/x prisma migrate deploy", "host=m.example database=x"),
        ("terraform -chdir=infra apply", "workspace=prod backend=s3 (bucket acme-state, key web)"),
        ("cd local && terraform destroy", "workspace=default state=serial 7, 2 managed resources"),
        ("TF_WORKSPACE=x terraform -chdir=infra destroy", "workspace=x"),
        ("fly deploy", "app=acme-web"),
        ("fly -a other deploy", "app=other"),
        ("vercel deploy", "project=acme team=team_1"),
        ("wrangler deploy", "worker=edge account=f00"),
        ("firebase deploy", "project=acme-app"),
        ("firebase deploy -P live", "project=acme-live"),
        ("sls deploy", "service=jobs region=eu-central-1"),
    ] {
        let found = facts(&machine, line);
        for fact in split(wanted) {
            assert!(found.contains(&fact), "{line}: no {fact} in {found:?}");
        }
    }
}

/// `a=b c d=e` at the blanks in front of a name.
fn split(wanted: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in wanted.split(' ') {
        let named = word.split_once('=').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase()));
        match all.last_mut() {
            Some(last) if !named => *last = format!("{last} {word}"),
            _ => all.push(word.to_owned()),
        }
    }
    all
}

#[test]
fn no_secret_of_the_set_up_is_shown() {
    let machine = set_up();
    for line in [
        "kubectl delete pod x",
        "npm publish",
        "docker rm x",
        "mysql -e 'drop table t'",
        "PGSERVICE=shop psql -c 'drop table t'",
        "prisma migrate reset",
        "terraform -chdir=infra apply",
    ] {
        let output = machine.control(&["explain", "--all", "--", line]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("SECRET"), "{line}: {text}");
    }
}

#[test]
fn what_cannot_be_told_is_not_guessed() {
    let machine = set_up();
    for (line, unwanted) in [
        ("kubectl --context \"$(cat x)\" delete pod x", "namespace="),
        ("AWS_PROFILE=$(cat x) aws ec2 terminate-instances", "region="),
        ("kubectl delete pods --all -A", "namespace="),
        ("KUBECONFIG=/nowhere kubectl delete pod x", "context="),
        ("ssh web kubectl delete pod x", "context="),
        ("npm publish ./other", "package="),
    ] {
        let found = facts(&machine, line);
        assert!(!found.iter().any(|fact| fact.starts_with(unwanted)), "{line}: {found:?}");
    }
}

#[test]
fn a_malformed_file_adds_nothing_and_breaks_nothing() {
    let machine = set_up();
    for text in ["", "{", "[[[[", "a: [b\n\tc", "\u{0}\u{1}", "current-context: [x]\ncontexts: 3\n", "- - - -"] {
        for file in [".kube/config", ".aws/config", ".docker/config.json", ".ssh/config", ".azure/azureProfile.json"] {
            write(&machine.path("home").join(file), text);
        }
        for line in
            ["kubectl delete pod x", "aws s3 rm s3://b/x", "docker rm -v x", "ssh web rm x", "az group delete -n x"]
        {
            let output = machine.control(&["check", "--", line]);
            assert_eq!(output.status.code(), Some(1), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    write(&machine.path("home").join(".kube/config"), &format!("current-context: {}\n", "x".repeat(2_000_000)));
    assert!(!facts(&machine, "kubectl delete pod x").iter().any(|fact| fact.starts_with("context=")));
}

#[test]
fn what_is_called_production_has_to_be_typed_and_is_named_in_the_refusal() {
    let machine = set_up();
    let output = machine.control(&["check", "--json", "--", "kubectl scale deploy/x --replicas=2"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["confirm"], "type");
    assert!(report["reasons"].to_string().contains("production-context"), "{report}");
    let output = machine.control(&["check", "--json", "--", "kubectl --context staging scale deploy/x --replicas=2"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["confirm"], "yes", "{report}");
    assert_eq!(machine.control(&["check", "--", "kubectl get pods"]).status.code(), Some(0));
    let refused = machine.away("kubectl --context staging delete pod x");
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("context staging") && text.contains("namespace default"), "{text}");
}

/// What a line does to which path or database, and what comes of it.
fn doing(machine: &Machine, line: &str) -> (String, Vec<String>) {
    let output = machine.control(&["check", "--json", "--", line]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line}: {error}"));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let work = format!("{}/", machine.work().display());
    let effects = report["effects"].as_array().cloned().unwrap_or_default();
    let each = |effect: &Value| {
        format!(
            "{} {}",
            word(&effect["verb"]),
            word(&effect["object"][if effect["object"]["path"].is_null() { "name" } else { "path" }])
        )
        .replace(&work, "")
    };
    (word(&report["verdict"]), effects.iter().map(each).collect())
}

#[test]
fn a_database_that_is_a_file_is_that_file() {
    let machine = Machine::new();
    let schema = |provider: &str| {
        let text = format!("datasource db {{\n  provider = \"{provider}\"\n  url      = env(\"DATABASE_URL\")\n}}\n");
        write(&machine.work().join("prisma/schema.prisma"), &text);
    };
    schema("sqlite");
    write(&machine.work().join(".env"), "DATABASE_URL=\"file:./dev.db\"\n");
    write(&machine.work().join("dev.db"), "");
    write(&machine.work().join("dev.db-wal"), "");
    for (line, wanted) in [
        ("prisma migrate dev", "write prisma/dev.db"),
        ("npx prisma migrate reset --force", "write prisma/dev.db"),
        ("DATABASE_URL=file:../dev.db prisma db push", "modify dev.db-wal"),
        ("DATABASE_URL=sqlite://dev.db sqlx migrate run", "modify dev.db-wal"),
        ("diesel migration run --database-url sqlite:./dev.db", "modify dev.db"),
    ] {
        let (decision, effects) = doing(&machine, line);
        assert!(effects.iter().any(|effect| effect == wanted), "{line}: {effects:?}");
        assert!(effects.iter().any(|effect| effect.starts_with("execute ")), "{line}: {effects:?}");
        assert_eq!(decision, "allow", "{line}: {effects:?}");
    }
    let asks = |line: &str| assert_eq!(doing(&machine, line).0, "ask", "{line}");
    for line in [
        "prisma --schema other.prisma migrate deploy",
        "DATABASE_URL=postgres://db.example/shop prisma migrate deploy",
        "DATABASE_URL=\"$(cat url)\" prisma migrate deploy",
        "DATABASE_URL=sqlite:///srv/dev.db sqlx migrate run",
        "DATABASE_URL=sqlite:///dev.db alembic upgrade head",
        "cd prisma && DATABASE_URL=postgres://db.example/shop sqlx migrate run",
    ] {
        asks(line);
    }
    schema("postgresql");
    asks("prisma migrate deploy");
    schema("sqlite");
    write(&machine.work().join(".env"), "DATABASE_URL=file:./dev.db\nDATABASE_URL=postgres://db.example/shop\n");
    asks("prisma migrate deploy");
    write(&machine.work().join(".env"), "DATABASE_URL=file:./dev.db\n");
    write(&machine.work().join("prisma.config.ts"), "export default {}\n");
    asks("prisma migrate deploy");
}
